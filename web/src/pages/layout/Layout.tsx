import { lazy, type ReactNode, Suspense, useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation } from "react-router";
import { IconButton } from "../../components/Button";
import { Sheet } from "../../components/Dialog";
import { ErrorBoundary } from "../../components/ErrorBoundary";
import { ErrorView } from "../../components/ErrorView";
import { Brand, CloseIcon, MenuIcon, SearchIcon, WarningIcon } from "../../components/icons";
import { commandKey, Kbd } from "../../components/Kbd";
import { SkeletonRows } from "../../components/Skeleton";
import { useExports, useExportsEnd } from "../../services/files";
import { preferencesStore } from "../../services/preferences";
import { useMe } from "../../services/users";
import { FollowOrders, Live } from "./Live";
import { Account, Navigation, PhoneAccount } from "./Navigation";
import { ShortcutsDialog, useShortcuts } from "./shortcuts";

const brand = "microdemo";
const loadPalette = () => import("./CommandPalette");
const CommandPalette = lazy(async () => ({ default: (await loadPalette()).CommandPalette }));

/** The frame around every page of a signed-in user. */
export function Layout({ exportPanel }: { exportPanel: ReactNode }) {
  const { t } = useTranslation("layout");
  const me = useMe();
  const [shown, setShown] = useState<"palette" | "help" | "menu">();
  const { pathname } = useLocation();
  const [was, setWas] = useState(pathname);
  if (was !== pathname) {
    setWas(pathname);
    if (shown === "menu") setShown(undefined);
  }
  const preferences = me.data?.preferences;
  useEffect(() => {
    if (preferences) void preferencesStore.adopt(preferences);
  }, [preferences]);
  useExportsEnd();
  const exporting = useExports().length > 0;
  const openPalette = useCallback(() => setShown((now) => (now === "palette" ? undefined : "palette")), []);
  const openHelp = useCallback(() => setShown("help"), []);
  const close = () => setShown(undefined);
  useEffect(() => {
    const idle = setTimeout(() => void loadPalette().catch(() => undefined), 2000); // so that it opens at once
    return () => clearTimeout(idle);
  }, []);
  useShortcuts({ covered: shown !== undefined, onPalette: openPalette, onHelp: openHelp });

  const sidebar = (
    <>
      <button
        type="button"
        onClick={openPalette}
        className="mb-4 flex min-h-9 w-full items-center gap-2.5 rounded-lg border border-line bg-surface px-2.5 text-sm text-muted shadow-card hover:bg-sunken"
      >
        <SearchIcon />
        <span className="flex-1 truncate text-left">{t("nav.search")}</span>
        <span className="flex gap-0.5" aria-hidden="true">
          <Kbd>{commandKey}</Kbd>
          <Kbd>K</Kbd>
        </span>
      </button>
      <Navigation />
      <div className="mt-auto pt-4">{me.data && <Account me={me.data} onShortcuts={openHelp} />}</div>
    </>
  );

  return (
    <div className="lg:pl-60">
      <a
        href="#content"
        className="sr-only z-50 rounded-lg bg-raised px-4 py-2 shadow-pop focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t("common.skip")}
      </a>
      <aside className="fixed inset-y-0 left-0 z-20 flex w-60 flex-col border-r border-line bg-canvas p-3 max-lg:hidden">
        <p className="mb-4 flex h-10 items-center gap-2.5 px-2 font-semibold tracking-tight">
          <Brand />
          {brand}
          <Live className="ml-auto" />
        </p>
        {sidebar}
      </aside>
      <header className="sticky top-0 z-20 flex h-14 items-center gap-1 border-b border-line bg-canvas/90 px-2 backdrop-blur lg:hidden">
        <IconButton label={t("nav.open")} onClick={() => setShown("menu")}>
          <MenuIcon />
        </IconButton>
        <span className="flex flex-1 items-center gap-2 font-semibold tracking-tight">
          <Brand className="size-6" />
          {brand}
          <Live className="ml-1" />
        </span>
        <IconButton label={t("nav.searchShort")} onClick={openPalette}>
          <SearchIcon />
        </IconButton>
      </header>
      {shown === "menu" && (
        <Sheet label={t("nav.menu")} onClose={close}>
          <div className="flex min-h-full flex-col bg-canvas p-3">
            <div className="mb-4 flex h-10 items-center justify-between pl-2 font-semibold tracking-tight">
              <span className="flex items-center gap-2.5">
                <Brand />
                {brand}
              </span>
              <IconButton label={t("common.close")} onClick={close}>
                <CloseIcon />
              </IconButton>
            </div>
            <Navigation />
            <div className="mt-auto space-y-0.5 border-t border-line pt-3">
              <PhoneAccount me={me.data} />
            </div>
          </div>
        </Sheet>
      )}
      <Offline />
      <FollowOrders />
      <main id="content" tabIndex={-1} className="mx-auto max-w-6xl px-4 py-6 outline-none sm:px-6 sm:py-8 lg:px-8">
        <ErrorBoundary key={pathname}>
          <Suspense fallback={<SkeletonRows rows={6} label={t("common.loading")} />}>
            {me.data && <Outlet />}
            {me.isPending && <SkeletonRows rows={6} label={t("common.loading")} />}
            {me.isError && !me.data && <ErrorView error={me.error} onRetry={() => void me.refetch()} />}
          </Suspense>
        </ErrorBoundary>
      </main>
      {exporting && <Beside>{exportPanel}</Beside>}
      {shown === "palette" && (
        <Beside>
          <CommandPalette onClose={close} onShortcuts={openHelp} />
        </Beside>
      )}
      {shown === "help" && <ShortcutsDialog onClose={close} />}
    </div>
  );
}

/** Something loaded on demand. If that fails, the page stays. */
function Beside({ children }: { children: ReactNode }) {
  return (
    <ErrorBoundary>
      <Suspense>{children}</Suspense>
    </ErrorBoundary>
  );
}

const watchConnection = (notify: () => void) => {
  window.addEventListener("online", notify);
  window.addEventListener("offline", notify);
  return () => {
    window.removeEventListener("online", notify);
    window.removeEventListener("offline", notify);
  };
};

/** Warns while the browser is offline. */
function Offline() {
  const { t } = useTranslation("layout");
  const online = useSyncExternalStore(watchConnection, () => navigator.onLine);
  return (
    <div role="status">
      {!online && (
        <p className="flex items-center gap-2.5 bg-amber-soft px-4 py-2 text-sm text-amber-text">
          <WarningIcon /> {t("errors.offline")}
        </p>
      )}
    </div>
  );
}
