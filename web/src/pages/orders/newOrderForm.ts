import i18n from "i18next";
import { z } from "zod/mini";

const badQuantity = { error: () => i18n.t("orders:newOrder.badQuantity") };
const badPrice = { error: () => i18n.t("orders:newOrder.badPrice") };

// People may type a decimal comma.
const withPoint = z.overwrite((amount: string) => amount.replace(",", "."));

/** The form of a new order: what is sent, and what the page shows beside it. */
export const newOrder = z.object({
  items: z
    .array(
      z.object({
        sku: z.string(),
        name: z.string(),
        price: z.string(badPrice).check(withPoint, z.regex(/^\d{1,10}(\.\d{1,2})?$/, badPrice)),
        available: z.number(),
        quantity: z.int(badQuantity).check(z.gte(1, badQuantity), z.lte(10_000, badQuantity)),
      }),
    )
    .check(
      z.minLength(1, { error: () => i18n.t("orders:newOrder.needItem") }),
      z.maxLength(100, { error: () => i18n.t("orders:newOrder.tooMany") }),
    ),
});

export type NewOrderForm = z.infer<typeof newOrder>;
