import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Adjustment, ItemChange, NewItem } from "../types/inventory";
import { api, done, unwrap, unwrapPage } from "./client";
import { useMutation } from "./mutation";

export interface ItemsFilter {
  cursor?: string | undefined;
  q?: string | undefined;
  low_stock?: boolean | undefined;
  limit?: number;
}

export const inventoryKeys = {
  all: ["inventory"],
  lists: ["inventory", "list"],
  list: (filter: ItemsFilter) => ["inventory", "list", filter],
  one: (id: number) => ["inventory", "one", id],
  movements: (id: number, cursor: string | undefined, limit: number) => ["inventory", "one", id, "movements", cursor, limit],
};

export function useItems(filter: ItemsFilter, enabled = true) {
  return useQuery({
    queryKey: inventoryKeys.list(filter),
    queryFn: ({ signal }) =>
      unwrapPage(api.GET("/inventory/", { params: { query: { limit: 20, ...filter } }, signal })),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** An item, with its ETag for changes. */
export function useItem(id: number) {
  return useQuery({
    queryKey: inventoryKeys.one(id),
    queryFn: async ({ signal }) => {
      const { data, headers } = await unwrap(api.GET("/inventory/{id}", { params: { path: { id } }, signal }));
      return { item: data, etag: headers.get("ETag") ?? undefined };
    },
    enabled: Number.isSafeInteger(id) && id > 0,
  });
}

/** A page of the ledger, newest first; for administrators. */
export function useMovements(id: number, cursor: string | undefined, limit = 20, enabled = true) {
  return useQuery({
    queryKey: inventoryKeys.movements(id, cursor, limit),
    queryFn: ({ signal }) =>
      unwrapPage(
        api.GET("/inventory/{id}/movements", { params: { path: { id }, query: { cursor, limit } }, signal }),
      ),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** A mutation that invalidates everything about the inventory. */
function useInventoryMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => queries.invalidateQueries({ queryKey: inventoryKeys.all }),
  });
}

export const useCreateItem = () =>
  useInventoryMutation(async (body: NewItem) => (await unwrap(api.POST("/inventory/", { body }))).data);

/** Changes an item as it was read: after a change by someone else it answers 409. */
export const useChangeItem = () =>
  useInventoryMutation(
    async ({ id, etag, body }: { id: number; etag: string | undefined; body: ItemChange }) =>
      (await unwrap(api.PUT("/inventory/{id}", { params: { path: { id }, header: { "If-Match": etag } }, body }))).data,
  );

/** Adjusts the stock: once per key and body, however often it is sent. */
export const useAdjustItem = () =>
  useInventoryMutation(
    async ({ id, key, body }: { id: number; key: string; body: Adjustment }) =>
      (
        await unwrap(
          api.POST("/inventory/{id}/adjustments", { params: { path: { id }, header: { "Idempotency-Key": key } }, body }),
        )
      ).data,
  );

export const useDeleteItem = () =>
  useInventoryMutation((id: number) => done(api.DELETE("/inventory/{id}", { params: { path: { id } } })));
