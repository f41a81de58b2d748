import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import type { CreateWebhookInputBody, Delivery, Order } from "../types/orders";
import { api, done, unwrap, unwrapPage } from "./client";
import { useMutation } from "./mutation";

export type EventType = NonNullable<CreateWebhookInputBody["events"]>[number];

export const eventTypes: EventType[] = ["order.created", "order.status_changed", "order.updated", "order.deleted"];

export interface DeliveriesFilter {
  cursor?: string | undefined;
  parked?: boolean | undefined;
}

export const webhooksKeys = {
  all: ["webhooks"],
  endpoints: ["webhooks", "endpoints"],
  deliveries: (id: number, filter: DeliveriesFilter) => ["webhooks", "deliveries", id, filter],
  // With the time of the change, because each change of an order makes deliveries.
  ofOrders: ["webhooks", "order"],
  ofOrder: (order: Order) => ["webhooks", "order", order.id, order.updated_at],
};

/** All endpoints; there are at most 50. */
export function useEndpoints() {
  return useQuery({
    queryKey: webhooksKeys.endpoints,
    queryFn: ({ signal }) => unwrapPage(api.GET("/orders/webhooks", { signal })),
  });
}

/** Whether a delivery is about to be sent: within a minute, and to an enabled webhook. */
const isMoving = ({ status, reason, next_try }: Delivery) =>
  status === "pending" && reason === null && (next_try === null || Date.parse(next_try) - Date.now() < 60_000);

const whileMoving = (deliveries: Delivery[] | undefined) => (deliveries?.some(isMoving) ? 3000 : false);

/** A page of an endpoint's log, newest first. It refreshes while deliveries are on their way. */
export function useDeliveries(id: number, filter: DeliveriesFilter) {
  return useQuery({
    queryKey: webhooksKeys.deliveries(id, filter),
    queryFn: ({ signal }) =>
      unwrapPage(
        api.GET("/orders/webhooks/{id}/deliveries", { params: { path: { id }, query: { limit: 20, ...filter } }, signal }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => whileMoving(state.data?.rows),
    enabled: Number.isSafeInteger(id) && id > 0,
  });
}

/** The latest deliveries of an order, and how many there are in all. */
export function useOrderDeliveries(order: Order) {
  return useQuery({
    queryKey: webhooksKeys.ofOrder(order),
    queryFn: ({ signal }) =>
      unwrapPage(
        api.GET("/orders/{id}/deliveries", { params: { path: { id: order.id }, query: { limit: 50 } }, signal }),
      ),
    placeholderData: (before, query) => (query?.queryKey[2] === order.id ? before : undefined),
    refetchInterval: ({ state }) => whileMoving(state.data?.rows),
  });
}

/** A mutation that invalidates everything about webhooks. */
function useWebhookMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => queries.invalidateQueries({ queryKey: webhooksKeys.all }),
  });
}

export const useCreateWebhook = () =>
  useWebhookMutation(async (body: CreateWebhookInputBody) => (await unwrap(api.POST("/orders/webhooks", { body }))).data);

export function useDeleteWebhook() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => done(api.DELETE("/orders/webhooks/{id}", { params: { path: { id } } })),
    onSuccess: () => {
      // Not its deliveries: they are gone with it, and reading them would fail.
      void queries.invalidateQueries({ queryKey: webhooksKeys.endpoints });
      void queries.invalidateQueries({ queryKey: webhooksKeys.ofOrders });
    },
  });
}

/** Sends a message of type webhook.test, and returns the outcome. */
export const useTestWebhook = () =>
  useWebhookMutation(
    async (id: number) => (await unwrap(api.POST("/orders/webhooks/{id}/test", { params: { path: { id } } }))).data,
  );

export const useRedeliver = () =>
  useWebhookMutation(
    async (id: string) =>
      (await unwrap(api.POST("/orders/webhooks/deliveries/{id}/redeliver", { params: { path: { id } } }))).data,
  );
