import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Order, PlaceBody } from "../types/orders";
import { api, nextCursor, unwrap } from "./client";
import { inventoryKeys } from "./inventory";

export const pageSize = 20;

export const ordersKeys = {
  all: ["orders"],
  lists: ["orders", "list"],
  list: (cursor: string | undefined) => ["orders", "list", cursor],
  one: (id: string) => ["orders", "one", id],
  timeline: (id: string) => ["orders", "one", id, "timeline"],
};

/** From these an order can still become cancelled. */
const cancellable: Order["status"][] = ["pending", "processing", "shipped"];

export const isCancellable = (order: Order) => cancellable.includes(order.status);

/** One page of the orders the caller may see, newest first. */
export function useOrders(cursor: string | undefined) {
  return useQuery({
    queryKey: ordersKeys.list(cursor),
    queryFn: async ({ signal }) => {
      const { data, headers } = await unwrap(
        api.GET("/orders/", { params: { query: { limit: pageSize, cursor } }, signal }),
      );
      return { orders: data, total: headers.get("X-Total-Count"), next: nextCursor(headers) };
    },
    placeholderData: keepPreviousData,
  });
}

export function useOrder(id: string) {
  return useQuery({
    queryKey: ordersKeys.one(id),
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET("/orders/{id}", { params: { path: { id } }, signal }))).data,
  });
}

export function useTimeline(id: string) {
  return useQuery({
    queryKey: ordersKeys.timeline(id),
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET("/orders/{id}/timeline", { params: { path: { id } }, signal }))).data,
  });
}

/** Places an order. The same key with the same body places it once, however often it is sent. */
export function usePlaceOrder() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ key, body }: { key: string; body: PlaceBody }) =>
      (await unwrap(api.POST("/orders/", { params: { header: { "Idempotency-Key": key } }, body }))).data,
    onSuccess: (order) => queries.setQueryData(ordersKeys.one(order.id), order),
    // A failed attempt may have changed things too, and tells of stock and prices that did.
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ordersKeys.lists });
      void queries.invalidateQueries({ queryKey: inventoryKeys.all });
    },
  });
}

export function useCancelOrder() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) =>
      (await unwrap(api.PUT("/orders/{id}", { params: { path: { id } }, body: { status: "cancelled" } }))).data,
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ordersKeys.all });
      void queries.invalidateQueries({ queryKey: inventoryKeys.all });
    },
  });
}
