import type { FieldPath } from "react-hook-form";
import { z } from "zod/mini";

const quantity = "Enter a whole number from 1 to 10,000.";

/** An order as it is put together: what is sent, and what the page shows beside it. */
export const newOrder = z.object({
  items: z
    .array(
      z.object({
        sku: z.string(),
        name: z.string(),
        price: z.string(),
        available: z.number(),
        quantity: z.int(quantity).check(z.gte(1, quantity), z.lte(10_000, quantity)),
      }),
    )
    .check(z.minLength(1, "Add at least one item."), z.maxLength(100, "At most 100 items in one order.")),
});

export type NewOrderForm = z.infer<typeof newOrder>;

/** The field that a path of the request is about. */
export function lineField(path: string, lines: number): FieldPath<NewOrderForm> | undefined {
  if (path === "items") return "items";
  const [, position, name] = /^items\.(\d+)\.(sku|price|quantity)$/.exec(path) ?? [];
  const index = Number(position);
  if (position === undefined || index >= lines) return undefined;
  switch (name) {
    case "sku":
      return `items.${index}.sku`;
    case "price":
      return `items.${index}.price`;
    default:
      return `items.${index}.quantity`;
  }
}
