import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Event, Order, PlaceBody } from "../types/orders";
import { api, done, unwrap, unwrapPage } from "./client";
import { inventoryKeys } from "./inventory";
import { useMutation } from "./mutation";

export type Status = Order["status"];

export interface OrdersFilter {
  cursor?: string | undefined;
  status?: Status | undefined;
  user_id?: number | undefined;
  sku?: string | undefined;
  created_from?: string | undefined;
  created_to?: string | undefined;
  q?: string | undefined;
  sort?: Sort | undefined;
  limit?: number;
}

export const sorts = ["created_at", "-created_at", "updated_at", "-updated_at", "total", "-total"] as const;

export type Sort = (typeof sorts)[number];

export const ordersKeys = {
  all: ["orders"],
  analytics: ["orders", "analytics"],
  lists: ["orders", "list"],
  list: (filter: OrdersFilter) => ["orders", "list", filter],
  one: (id: string) => ["orders", "one", id],
  timeline: (id: string) => ["orders", "one", id, "timeline"],
};

export const statuses: Status[] = ["pending", "processing", "shipped", "delivered", "completed", "cancelled"];

/** Of the badge of each status. */
export const statusColours = {
  pending: "amber",
  processing: "blue",
  shipped: "violet",
  delivered: "teal",
  completed: "green",
  cancelled: "gray",
} as const satisfies Record<Status, string>;

/** What an order may become, the usual way first. */
const legal: Record<Status, Status[]> = {
  pending: ["processing", "completed", "cancelled"],
  processing: ["shipped", "completed", "cancelled"],
  shipped: ["delivered", "completed", "cancelled"],
  delivered: ["completed"],
  cancelled: ["pending"],
  completed: [],
};

// Paths of the API, which cannot be ids.
const words = ["analytics", "docs", "events", "export", "healthz", "import", "openapi.json", "readyz", "webhooks"];

/** Whether an order can have this id. */
export const isOrderId = (id: string) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id) && !words.includes(id);

/** What whoever is signed in may make of an order. */
export const nextStatuses = (order: Order, isAdmin: boolean) =>
  isAdmin ? legal[order.status] : legal[order.status].filter((status) => status === "cancelled");

export const isCancellable = (order: Order) => legal[order.status].includes("cancelled");

export const isDeletable = (order: Order, isAdmin: boolean) =>
  isAdmin || order.status === "pending" || order.status === "cancelled";

/** Whether deleting it releases its stock, which it no longer does once the goods are shipped. */
export const holdsStock = (order: Order) => order.status === "pending" || order.status === "processing";

/** One page of the orders the caller may see. */
export function useOrders(filter: OrdersFilter, enabled = true) {
  return useQuery({
    queryKey: ordersKeys.list(filter),
    queryFn: ({ signal }) => unwrapPage(api.GET("/orders/", { params: { query: { limit: 20, ...filter } }, signal })),
    placeholderData: keepPreviousData,
    enabled,
  });
}

export function useOrder(id: string) {
  return useQuery({
    queryKey: ordersKeys.one(id),
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET("/orders/{id}", { params: { path: { id } }, signal }))).data,
  });
}

/** Everything that happened to an order, up to 5000 events. */
export function useTimeline(id: string) {
  return useQuery({
    queryKey: ordersKeys.timeline(id),
    queryFn: async ({ signal }) => {
      const events: Event[] = [];
      let cursor: string | undefined;
      do {
        const page = await unwrapPage(
          api.GET("/orders/{id}/timeline", { params: { path: { id }, query: cursor === undefined ? {} : { cursor } }, signal }),
        );
        events.push(...page.rows);
        cursor = page.next;
      } while (cursor !== undefined && events.length < 5000);
      return events;
    },
  });
}

/** Places an order: once per key and body, however often it is sent. */
export function usePlaceOrder() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ key, body }: { key: string; body: PlaceBody }) =>
      (await unwrap(api.POST("/orders/", { params: { header: { "Idempotency-Key": key } }, body }))).data,
    onSuccess: (order) => queries.setQueryData(ordersKeys.one(order.id), order),
    // A failed attempt may have changed things too, or failed because stock and prices did.
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ordersKeys.lists });
      void queries.invalidateQueries({ queryKey: ordersKeys.analytics });
      void queries.invalidateQueries({ queryKey: inventoryKeys.all });
    },
  });
}

export function useChangeStatus() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, status }: { id: string; status: Status }) =>
      (await unwrap(api.PUT("/orders/{id}", { params: { path: { id } }, body: { status } }))).data,
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ordersKeys.all });
      void queries.invalidateQueries({ queryKey: inventoryKeys.all });
    },
  });
}

/** Gives an order to another buyer; for administrators. */
export function useChangeBuyer() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, user_id }: { id: string; user_id: number }) =>
      (await unwrap(api.PUT("/orders/{id}", { params: { path: { id } }, body: { user_id } }))).data,
    onSettled: () => queries.invalidateQueries({ queryKey: ordersKeys.all }),
  });
}

export function useDeleteOrder() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => done(api.DELETE("/orders/{id}", { params: { path: { id } } })),
    onSuccess: () => {
      // Not the order itself: it is gone, and reading it would fail.
      void queries.invalidateQueries({ queryKey: ordersKeys.lists });
      void queries.invalidateQueries({ queryKey: ordersKeys.analytics });
      void queries.invalidateQueries({ queryKey: inventoryKeys.all });
    },
  });
}
