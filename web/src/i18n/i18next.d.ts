import type { ServiceTexts } from "../services/problem";
import type common from "../components/texts/en";
import type dashboard from "../pages/dashboard/texts/en";
import type files from "../pages/files/texts/en";
import type inventory from "../pages/inventory/texts/en";
import type layout from "../pages/layout/texts/en";
import type orders from "../pages/orders/texts/en";
import type session from "../pages/session/texts/en";
import type settings from "../pages/settings/texts/en";
import type users from "../pages/users/texts/en";
import type webhooks from "../pages/webhooks/texts/en";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    fallbackNS: "common";
    resources: {
      common: typeof common;
      dashboard: typeof dashboard;
      files: typeof files;
      inventory: typeof inventory;
      layout: typeof layout;
      orders: typeof orders;
      problems: ServiceTexts;
      session: typeof session;
      settings: typeof settings;
      users: typeof users;
      webhooks: typeof webhooks;
    };
  }
}
