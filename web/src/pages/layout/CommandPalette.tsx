import { Command } from "cmdk";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Modal } from "../../components/Dialog";
import {
  BoxIcon,
  ExportIcon,
  ImportIcon,
  KeyboardIcon,
  OrdersIcon,
  PlusIcon,
  SearchIcon,
  SettingsIcon,
  SignOutIcon,
  UsersIcon,
} from "../../components/icons";
import { Kbd } from "../../components/Kbd";
import { useSettled } from "../../components/listState";
import { useChangePreferences, usePreferences } from "../../context/preferences";
import { languageCodes, languages } from "../../i18n";
import { fileKinds, useExport } from "../../services/files";
import { formatMoney } from "../../services/format";
import { useItems } from "../../services/inventory";
import { isOrderId, useOrders } from "../../services/orders";
import { themes } from "../../services/preferences";
import { signOut } from "../../services/session";
import { useIsAdmin, useUsers } from "../../services/users";
import { sectionsFor } from "./sections";

const escape = "Esc"; // as printed on the key

interface Entry {
  group: string;
  name: string;
  detail?: string;
  icon: ReactNode;
  run: () => void;
}

/** Every page and action, a few keys away. */
export function CommandPalette({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const { t } = useTranslation(["layout", "files"]);
  const [text, setText] = useState("");
  const words = text.trim().toLowerCase();
  const { found, searching } = useSearch(useSettled(text.trim(), 200));
  const entries = [...useActions(onShortcuts).filter(({ name }) => name.toLowerCase().includes(words)), ...found];
  return (
    <Modal
      label={t("palette.title")}
      onClose={onClose}
      className="mx-auto mt-[12dvh] mb-auto flex max-h-[70dvh] w-[calc(100%-1.5rem)] max-w-xl animate-pop flex-col overflow-hidden rounded-xl p-0"
    >
      {/* Without a tabIndex, so that the dialog opens with the focus in the input. */}
      <Command label={t("palette.title")} shouldFilter={false} vimBindings={false} loop tabIndex={undefined} className="flex min-h-0 flex-col">
        <div className="flex items-center gap-3 rounded-t-xl border-b border-line px-4 -outline-offset-2 outline-link has-focus-visible:outline-2">
          <SearchIcon className="text-muted" />
          <Command.Input
            maxLength={200}
            placeholder={t("palette.placeholder")}
            className="h-12 w-full bg-transparent text-base outline-none placeholder:text-muted sm:text-sm"
            value={text}
            onValueChange={setText}
          />
          <span className="max-sm:hidden">
            <Kbd>{escape}</Kbd>
          </span>
        </div>
        <Command.List label={t("palette.results")} className="min-h-0 flex-1 overflow-y-auto p-1.5">
          {[...new Set(entries.map(({ group }) => group))].map((group) => (
            <Command.Group
              key={group}
              heading={group}
              className="**:[[cmdk-group-heading]]:px-2.5 **:[[cmdk-group-heading]]:pt-2 **:[[cmdk-group-heading]]:pb-1 **:[[cmdk-group-heading]]:text-xs **:[[cmdk-group-heading]]:text-muted"
            >
              {entries.filter((entry) => entry.group === group).map(({ name, detail, icon, run }) => (
                <Command.Item
                  key={name + (detail ?? "")}
                  value={[group, name, detail].join("\n")}
                  onSelect={() => {
                    onClose();
                    run();
                  }}
                  className="flex items-center gap-3 rounded-md px-2.5 py-2 text-sm -outline-offset-2 outline-link aria-selected:bg-sunken aria-selected:outline-2"
                >
                  <span className="text-muted">{icon}</span>
                  <span className="min-w-0 flex-1 truncate">{name}</span>
                  {detail && <span className="max-w-[45%] truncate text-xs text-muted">{detail}</span>}
                </Command.Item>
              ))}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
      {entries.length === 0 && (
        <p role="status" className="px-4 pb-8 text-center text-sm text-muted">
          {searching ? t("palette.searching") : t("palette.nothing", { text: text.trim() })}
        </p>
      )}
    </Modal>
  );
}

function useActions(onShortcuts: () => void): Entry[] {
  const { t, i18n } = useTranslation(["layout", "files"]);
  const go = useNavigate();
  const isAdmin = useIsAdmin();
  const { theme } = usePreferences();
  const change = useChangePreferences();
  const startExport = useExport();
  const act = t("palette.do");
  return [
    ...sectionsFor(isAdmin).map(({ name, path, Icon }) => ({
      group: t("palette.goTo"),
      name: t(`nav.${name}`),
      icon: <Icon />,
      run: () => void go(path),
    })),
    { group: act, name: t("shortcuts.new"), icon: <PlusIcon />, run: () => void go("/app/new-order") },
    ...(isAdmin ? fileKinds : []).map((kind) => ({
      group: act,
      name: t(`files:title.${kind}`),
      icon: <ImportIcon />,
      run: () => void go(`/app/${kind}`, { state: { open: "import" } }),
    })),
    ...fileKinds
      .filter((kind) => isAdmin || kind !== "users")
      .map((kind) => ({ group: act, name: t(`files:exportOf.${kind}`), icon: <ExportIcon />, run: () => void startExport(kind) })),
    ...themes
      .filter((other) => other !== theme)
      .map((other) => ({
        group: act,
        name: t("palette.theme", { theme: t(`themes.${other}`) }),
        icon: <SettingsIcon />,
        run: () => change({ theme: other }),
      })),
    ...languageCodes
      .filter((other) => other !== i18n.language)
      .map((other) => ({
        group: act,
        name: t("palette.language", { language: languages[other] }),
        icon: <SettingsIcon />,
        run: () => change({ language: other }),
      })),
    { group: act, name: t("nav.shortcuts"), icon: <KeyboardIcon />, run: onShortcuts },
    { group: act, name: t("nav.signOut"), icon: <SignOutIcon />, run: signOut },
  ];
}

/** Orders, items and users that match. */
function useSearch(text: string): { found: Entry[]; searching: boolean } {
  const { t } = useTranslation("layout");
  const go = useNavigate();
  const isAdmin = useIsAdmin();
  const enabled = text.length >= 2;
  const orders = useOrders({ q: text, limit: 5 }, enabled && isOrderId(text));
  const items = useItems({ q: text, limit: 5 }, enabled);
  const users = useUsers({ q: text, limit: 5 }, enabled && isAdmin);
  if (!enabled) return { found: [], searching: false };
  return {
    searching: orders.isFetching || items.isFetching || users.isFetching,
    found: [
      ...(isOrderId(text) ? (orders.data?.rows ?? []) : []).map((order) => ({
        group: t("palette.orders"),
        name: order.id,
        detail: `${t(`status.${order.status}`)} · ${formatMoney(order.total)}`,
        icon: <OrdersIcon />,
        run: () => void go(`/app/orders/${order.id}`),
      })),
      ...(items.data?.rows ?? []).map((item) => ({
        group: t("palette.items"),
        name: item.name || item.sku,
        detail: item.sku,
        icon: <BoxIcon />,
        run: () => void go(`/app/inventory/${item.id}`),
      })),
      ...(isAdmin ? (users.data?.rows ?? []) : []).map((user) => ({
        group: t("palette.users"),
        name: user.name,
        detail: user.email,
        icon: <UsersIcon />,
        run: () => void go(`/app/users?${new URLSearchParams({ q: user.email }).toString()}`),
      })),
    ],
  };
}
