import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { usePreferences, useChangePreferences } from "../context/preferences";
import { languages } from "../i18n";
import { fileKinds, useExport } from "../services/files";
import { formatMoney } from "../services/format";
import { useItems } from "../services/inventory";
import { useOrders } from "../services/orders";
import { signOut } from "../services/session";
import { useIsAdmin, useUsers } from "../services/users";
import { Modal } from "./Dialog";
import {
  BoxIcon,
  DashboardIcon,
  ExportIcon,
  ImportIcon,
  KeyboardIcon,
  OrdersIcon,
  PlusIcon,
  SearchIcon,
  SettingsIcon,
  SignOutIcon,
  UsersIcon,
  WebhookIcon,
} from "./icons";
import { Kbd } from "./Kbd";
import { useSettled } from "./listState";

const escape = "Esc"; // as it is written on the key

interface Command {
  group: string;
  name: string;
  detail?: string;
  icon: ReactNode;
  run: () => void;
}

const keyOf = ({ group, name, detail }: Command) => [group, name, detail].join("\n");

/** Everything one can do or go to, a few keys away. */
export function CommandPalette({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState("");
  const [active, setActive] = useState<string>();
  const words = text.trim().toLowerCase();
  const searched = useSettled(text.trim(), 200);
  const { found, searching } = useSearch(searched);
  const commands = [...useCommands(onShortcuts).filter(({ name }) => name.toLowerCase().includes(words)), ...found];
  // By what it is, so that what is found meanwhile does not put another one in its place.
  const chosen = Math.max(0, commands.findIndex((command) => keyOf(command) === active));
  const groups = [...new Set(commands.map(({ group }) => group))];

  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const move = (by: number) => {
    const to = (chosen + by + commands.length) % Math.max(commands.length, 1);
    const next = commands[to];
    setActive(next && keyOf(next));
    document.getElementById(`${id}-${to}`)?.scrollIntoView({ block: "nearest" });
  };

  return (
    <Modal
      label={t("palette.title")}
      onClose={onClose}
      className="mx-auto mt-[12dvh] mb-auto flex max-h-[70dvh] w-[calc(100%-1.5rem)] max-w-xl animate-pop flex-col overflow-hidden rounded-xl p-0"
    >
      <div className="flex items-center gap-3 rounded-t-xl border-b border-line px-4 -outline-offset-2 outline-link has-focus-visible:outline-2">
        <SearchIcon className="text-muted" />
        <input
          role="combobox"
          aria-label={t("palette.title")}
          aria-expanded
          aria-controls={`${id}-list`}
          aria-activedescendant={commands.length > 0 ? `${id}-${chosen}` : undefined}
          aria-autocomplete="list"
          autoComplete="off"
          maxLength={200}
          placeholder={t("palette.placeholder")}
          className="h-12 w-full bg-transparent text-base outline-none placeholder:text-muted sm:text-sm"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setActive(undefined);
          }}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") move(1);
            else if (event.key === "ArrowUp") move(-1);
            else if (event.key === "Enter") run(commands[chosen]);
            else return;
            event.preventDefault();
          }}
        />
        <span className="max-sm:hidden">
          <Kbd>{escape}</Kbd>
        </span>
      </div>
      <div id={`${id}-list`} role="listbox" aria-label={t("palette.results")} className="min-h-0 flex-1 overflow-y-auto p-1.5">
        {groups.map((group) => (
          <div key={group} role="group" aria-label={group}>
            <p className="px-2.5 pt-2 pb-1 text-xs text-muted" aria-hidden="true">
              {group}
            </p>
            {commands.map((command, index) =>
              command.group !== group ? null : (
                // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the input handles the keys
                <div
                  key={index}
                  id={`${id}-${index}`}
                  role="option"
                  aria-selected={index === chosen}
                  tabIndex={-1}
                  onMouseDown={(event) => event.preventDefault()}
                  onMouseMove={() => setActive(keyOf(command))}
                  onClick={() => run(command)}
                  className="flex items-center gap-3 rounded-md px-2.5 py-2 text-sm -outline-offset-2 outline-link aria-selected:bg-sunken aria-selected:outline-2"
                >
                  <span className="text-muted">{command.icon}</span>
                  <span className="min-w-0 flex-1 truncate">{command.name}</span>
                  {command.detail && <span className="max-w-[45%] truncate text-xs text-muted">{command.detail}</span>}
                </div>
              ),
            )}
          </div>
        ))}
      </div>
      {commands.length === 0 && (
        <p role="status" className="px-4 pb-8 text-center text-sm text-muted">
          {searching ? t("palette.searching") : t("palette.nothing", { text: text.trim() })}
        </p>
      )}
    </Modal>
  );
}

function useCommands(onShortcuts: () => void): Command[] {
  const { t } = useTranslation();
  const go = useNavigate();
  const isAdmin = useIsAdmin();
  const { theme } = usePreferences();
  const change = useChangePreferences();
  const to = (path: string) => () => void go(path);
  const startExport = useExport();
  const goTo = t("palette.goTo");
  const act = t("palette.do");
  const { language } = useTranslation().i18n;
  return [
    { group: goTo, name: t("dashboard.title"), icon: <DashboardIcon />, run: to("/app") },
    { group: goTo, name: t("nav.orders"), icon: <OrdersIcon />, run: to("/app/orders") },
    { group: goTo, name: t("nav.inventory"), icon: <BoxIcon />, run: to("/app/inventory") },
    ...(isAdmin ? [{ group: goTo, name: t("nav.users"), icon: <UsersIcon />, run: to("/app/users") }] : []),
    ...(isAdmin ? [{ group: goTo, name: t("admin.webhooks"), icon: <WebhookIcon />, run: to("/app/webhooks") }] : []),
    { group: goTo, name: t("nav.settings"), icon: <SettingsIcon />, run: to("/app/settings") },
    { group: act, name: t("orders.new"), icon: <PlusIcon />, run: to("/app/new-order") },
    ...(isAdmin ? fileKinds : []).map((kind) => ({
      group: act,
      name: t(`files.title.${kind}`),
      icon: <ImportIcon />,
      run: () => void go(`/app/${kind}`, { state: { open: "import" } }),
    })),
    ...fileKinds
      .filter((kind) => isAdmin || kind !== "users")
      .map((kind) => ({
        group: act,
        name: t(`files.exportOf.${kind}`),
        icon: <ExportIcon />,
        run: () => void startExport(kind),
      })),
    ...(["system", "light", "dark"] as const)
      .filter((other) => other !== theme)
      .map((other) => ({
        group: act,
        name: t("palette.theme", { theme: t(`settings.${other}`) }),
        icon: <SettingsIcon />,
        run: () => change({ theme: other }),
      })),
    ...(["en", "es", "pt"] as const)
      .filter((other) => other !== language)
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

/** What the server has that begins so. */
function useSearch(text: string): { found: Command[]; searching: boolean } {
  const { t } = useTranslation();
  const go = useNavigate();
  const isAdmin = useIsAdmin();
  const enabled = text.length >= 2;
  const canBeId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
  const orders = useOrders({ q: text, limit: 5 }, enabled && canBeId);
  const items = useItems({ q: text, limit: 5 }, enabled);
  const users = useUsers({ q: text, limit: 5 }, enabled && isAdmin);
  if (!enabled) return { found: [], searching: false };
  return {
    searching: orders.isFetching || items.isFetching || users.isFetching,
    found: [
      ...(canBeId ? (orders.data?.rows ?? []) : []).map((order) => ({
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
