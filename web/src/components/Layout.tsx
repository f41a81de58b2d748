import { lazy, type ReactNode, Suspense, useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Link, Outlet, useLocation } from "react-router";
import { useOwnPreferences } from "../context/preferences";
import { withTexts } from "../i18n";
import { useExports, useExportsEnd } from "../services/files";
import { signOut } from "../services/session";
import { useMe } from "../services/users";
import type { User } from "../types/users";
import { IconButton } from "./Button";
import { Sheet } from "./Dialog";
import { ErrorBoundary } from "./ErrorBoundary";
import { ErrorView } from "./ErrorView";
import {
  BookIcon,
  BoxIcon,
  Brand,
  CloseIcon,
  DashboardIcon,
  DotsIcon,
  KeyboardIcon,
  MenuIcon,
  OrdersIcon,
  SearchIcon,
  SettingsIcon,
  SignOutIcon,
  UsersIcon,
  WarningIcon,
  WebhookIcon,
} from "./icons";
import { commandKey, Kbd } from "./Kbd";
import { FollowOrders, Live } from "./Live";
import { Menu, MenuItem, MenuLabel, MenuLine, MenuLink } from "./Menu";
import { SkeletonRows } from "./Skeleton";
import { ShortcutsDialog, useShortcuts } from "./shortcuts";

const brand = "microdemo";
const ExportPanel = lazy(async () => ({ default: (await withTexts(import("./ExportPanel"))).ExportPanel }));
const loadPalette = () => withTexts(import("./CommandPalette"));
const CommandPalette = lazy(async () => ({ default: (await loadPalette()).CommandPalette }));

/** What stands around every page of somebody who is signed in. */
export function Layout() {
  const { t } = useTranslation();
  const me = useMe();
  const [shown, setShown] = useState<"palette" | "help" | "menu">();
  const { pathname } = useLocation();
  const [was, setWas] = useState(pathname);
  if (was !== pathname) {
    setWas(pathname);
    if (shown === "menu") setShown(undefined);
  }
  useOwnPreferences();
  useExportsEnd();
  const exports = useExports();
  const openPalette = useCallback(() => setShown((now) => (now === "palette" ? undefined : "palette")), []);
  const openHelp = useCallback(() => setShown("help"), []);
  const close = () => setShown(undefined);
  useEffect(() => {
    const idle = setTimeout(() => void loadPalette().catch(() => undefined), 2000); // so that it is there when the keys are pressed
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
      <Navigation isAdmin={me.data?.role === "admin"} />
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
            <Navigation isAdmin={me.data?.role === "admin"} />
            <div className="mt-auto space-y-0.5 border-t border-line pt-3">
              {me.data && <Person me={me.data} />}
              <button type="button" onClick={signOut} className={entry}>
                <SignOutIcon /> {t("nav.signOut")}
              </button>
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
      {exports.length > 0 && (
        <Beside>
          <ExportPanel exports={exports} />
        </Beside>
      )}
      {shown === "palette" && (
        <Beside>
          <CommandPalette onClose={close} onShortcuts={openHelp} />
        </Beside>
      )}
      {shown === "help" && <ShortcutsDialog onClose={close} />}
    </div>
  );
}

/** What is loaded when it is asked for. If it does not come, the page stays. */
function Beside({ children }: { children: ReactNode }) {
  return (
    <ErrorBoundary>
      <Suspense>{children}</Suspense>
    </ErrorBoundary>
  );
}

const entry =
  "flex min-h-9 w-full items-center gap-2.5 rounded-lg px-2.5 text-sm font-medium text-muted hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:text-link";

function Navigation({ isAdmin }: { isAdmin: boolean }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const section = pathname === "/app/new-order" ? "/app/orders" : pathname.split("/", 3).join("/");
  const link = (to: string, icon: ReactNode, name: string) => (
    <li>
      <Link to={to} aria-current={to === section ? "page" : undefined} className={entry}>
        {icon} {name}
      </Link>
    </li>
  );
  return (
    <nav aria-label={t("nav.main")}>
      <ul className="space-y-0.5">
        {link("/app", <DashboardIcon />, t("dashboard.title"))}
        {link("/app/orders", <OrdersIcon />, t("nav.orders"))}
        {link("/app/inventory", <BoxIcon />, t("nav.inventory"))}
        {isAdmin && link("/app/users", <UsersIcon />, t("nav.users"))}
        {isAdmin && link("/app/webhooks", <WebhookIcon />, t("admin.webhooks"))}
        {link("/app/settings", <SettingsIcon />, t("nav.settings"))}
      </ul>
    </nav>
  );
}

function Person({ me }: { me: User }) {
  const { t } = useTranslation();
  return (
    <span className="flex min-w-0 flex-1 items-center gap-2.5 px-1 py-1 text-left">
      <span
        className="flex size-7 shrink-0 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-link uppercase"
        aria-hidden="true"
      >
        {me.name.slice(0, 1)}
      </span>
      <span className="min-w-0">
        <span className="block truncate text-sm font-medium">{me.name}</span>
        <span className="block truncate text-xs text-muted">{me.role === "admin" ? t("roles.admin") : me.email}</span>
      </span>
    </span>
  );
}

const services = ["users", "orders", "inventory"];

function Account({ me, onShortcuts }: { me: User; onShortcuts: () => void }) {
  const { t } = useTranslation();
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          aria-label={t("nav.account", { name: me.name })}
          className="flex w-full items-center rounded-lg px-1 py-1 text-muted hover:bg-sunken hover:text-ink"
        >
          <Person me={me} />
          <DotsIcon className="mr-1" />
        </button>
      }
    >
      <MenuLabel>{me.email}</MenuLabel>
      <MenuItem icon={<KeyboardIcon />} end={<Kbd>?</Kbd>} onSelect={onShortcuts}>
        {t("nav.shortcuts")}
      </MenuItem>
      <MenuLine />
      {services.map((service) => (
        <MenuLink key={service} href={`/${service}/docs`} icon={<BookIcon />}>
          {t("nav.documentation", { service })}
        </MenuLink>
      ))}
      <MenuLine />
      <MenuItem icon={<SignOutIcon />} onSelect={signOut}>
        {t("nav.signOut")}
      </MenuItem>
    </Menu>
  );
}

const watchConnection = (tell: () => void) => {
  window.addEventListener("online", tell);
  window.addEventListener("offline", tell);
  return () => {
    window.removeEventListener("online", tell);
    window.removeEventListener("offline", tell);
  };
};

/** Says so while there is no connection. */
function Offline() {
  const { t } = useTranslation();
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
