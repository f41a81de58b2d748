import type { en } from "./en";
import type { dashboard } from "./dashboard/en";
import type { later } from "./later/en";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof en & typeof later & typeof dashboard };
  }
}
