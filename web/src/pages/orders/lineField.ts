import type { FieldPath } from "react-hook-form";
import type { NewOrderForm } from "./newOrderForm";

/** The field of the form for a path in the request. */
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
