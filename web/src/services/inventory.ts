import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";

export const inventoryKeys = {
  all: ["inventory"],
  search: (q: string) => ["inventory", "search", q],
};

/** The first items whose SKU or name begins with q. */
export function useItemSearch(q: string, enabled: boolean) {
  return useQuery({
    queryKey: inventoryKeys.search(q),
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET("/inventory/", { params: { query: { q: q || undefined, limit: 20 } }, signal }))).data,
    placeholderData: keepPreviousData,
    enabled,
  });
}
