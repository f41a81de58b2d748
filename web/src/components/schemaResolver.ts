import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { FieldValues, Resolver } from "react-hook-form";

/**
 * Checks a form by a schema that is loaded with its first check: the pages one
 * comes to first are seen without it.
 */
export function schemaResolver<T extends FieldValues>(load: () => Promise<StandardSchemaV1<T, T>>): Resolver<T> {
  return async (values, context, options) => {
    const [{ standardSchemaResolver }, schema] = await Promise.all([import("@hookform/resolvers/standard-schema"), load()]);
    const resolver: Resolver<T> = standardSchemaResolver(schema);
    return resolver(values, context, options);
  };
}
