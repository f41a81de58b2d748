import type { FieldPath, FieldValues, UseFormSetError } from "react-hook-form";
import { asApiError, type FieldError } from "../services/problem";

/** body.items[0].quantity → items.0.quantity */
function pathOf(location: string) {
  return location.replace(/^body\./, "").replace(/\[(\d+)\]/g, ".$1");
}

/**
 * Shows each error of the server at its field, and reports whether all errors
 * had one. toField maps a path to a field, if there is one.
 */
export function showServerErrors<T extends FieldValues>(
  error: unknown,
  toField: (path: string) => FieldPath<T> | undefined,
  setError: UseFormSetError<T>,
): { placed: FieldError[]; all: boolean } {
  const { fields } = asApiError(error);
  const placed = fields.filter((complaint) => {
    const field = toField(pathOf(complaint.location));
    if (field === undefined) return false;
    setError(field, { type: "server", message: sentence(complaint.message) }, { shouldFocus: true });
    return true;
  });
  return { placed, all: placed.length > 0 && placed.length === fields.length };
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
