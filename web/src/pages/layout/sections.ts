import { BoxIcon, DashboardIcon, OrdersIcon, SettingsIcon, UsersIcon, WebhookIcon } from "../../components/icons";

const all = [
  { name: "dashboard", path: "/app", key: "d", Icon: DashboardIcon, admin: false },
  { name: "orders", path: "/app/orders", key: "o", Icon: OrdersIcon, admin: false },
  { name: "inventory", path: "/app/inventory", key: "i", Icon: BoxIcon, admin: false },
  { name: "users", path: "/app/users", key: "u", Icon: UsersIcon, admin: true },
  { name: "webhooks", path: "/app/webhooks", key: "w", Icon: WebhookIcon, admin: true },
  { name: "settings", path: "/app/settings", key: "s", Icon: SettingsIcon, admin: false },
] as const;

/** The sections of the console: their entry in the navigation, and the key that goes there after G. */
export const sectionsFor = (isAdmin: boolean) => all.filter(({ admin }) => isAdmin || !admin);
