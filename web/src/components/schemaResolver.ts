import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { FieldValues, Resolver } from "react-hook-form";

/**
 * Validates a form by a schema that is loaded on the first validation, so that
 * the first pages are shown without it.
 */
export function schemaResolver<T extends FieldValues>(load: () => Promise<StandardSchemaV1<T, T>>): Resolver<T> {
  return async (values, context, options) => {
    const [{ standardSchemaResolver }, schema] = await Promise.all([import("@hookform/resolvers/standard-schema"), load()]);
    const resolver: Resolver<T> = standardSchemaResolver(schema);
    return resolver(values, context, options);
  };
}
