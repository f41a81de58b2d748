import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { inventoryKeys } from "./inventory";
import { ordersKeys } from "./orders";
import type { Preferences } from "./preferences";
import { usersKeys } from "./users";

export type Forecasting = Preferences["forecast"];

/** They begin with the keys of the data they are about, so that invalidating it reaches them. */
export const analyticsKeys = {
  ordersSummary: [...ordersKeys.analytics, "summary"],
  ordersSeries: (days: number) => [...ordersKeys.analytics, "series", days],
  // Separate: it looks at past days only, and is slow to compute.
  forecast: (wanted: Forecasting) => ["forecast", wanted],
  inventory: [...inventoryKeys.all, "analytics"],
  usersSummary: [...usersKeys.all, "analytics", "summary"],
  usersSeries: (days: number) => [...usersKeys.all, "analytics", "series", days],
};

/** Figures of the orders that the caller may see. */
export function useOrdersSummary(enabled = true) {
  return useQuery({
    queryKey: analyticsKeys.ordersSummary,
    queryFn: async ({ signal }) => (await unwrap(api.GET("/orders/analytics", { signal }))).data,
    enabled,
  });
}

/** Orders and revenue of each of the last days, up to today. */
export function useOrdersSeries(days: number) {
  return useQuery({
    queryKey: analyticsKeys.ordersSeries(days),
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET("/orders/analytics/timeseries", { params: { query: { days } }, signal }))).data,
    placeholderData: keepPreviousData,
  });
}

const confidence = { "0.8": 0.8, "0.95": 0.95, "0.99": 0.99 } as const;

/** The expected revenue from today on. */
export function useForecast(wanted: Forecasting) {
  return useQuery({
    queryKey: analyticsKeys.forecast(wanted),
    queryFn: async ({ signal }) => {
      const query = { ...wanted, conf: confidence[wanted.conf] };
      return (await unwrap(api.GET("/orders/analytics/forecast", { params: { query }, signal }))).data;
    },
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
  });
}

export function useInventorySummary() {
  return useQuery({
    queryKey: analyticsKeys.inventory,
    queryFn: async ({ signal }) => (await unwrap(api.GET("/inventory/analytics", { signal }))).data,
  });
}

/** For administrators. */
export function useUsersSummary() {
  return useQuery({
    queryKey: analyticsKeys.usersSummary,
    queryFn: async ({ signal }) => (await unwrap(api.GET("/users/analytics", { signal }))).data,
  });
}

/** Sign-ups on each of the last days; for administrators. */
export function useUsersSeries(days: number) {
  return useQuery({
    queryKey: analyticsKeys.usersSeries(days),
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET("/users/analytics/timeseries", { params: { query: { days } }, signal }))).data,
    placeholderData: keepPreviousData,
  });
}
