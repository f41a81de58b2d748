import { QueryClient } from "@tanstack/react-query";
import { asApiError } from "./problem";

export function newQueryClient(retries = 2) {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < retries && asApiError(error).isTemporary,
        // As long as the server asks, within reason; else with exponential back-off.
        retryDelay: (failures, error) => Math.min((asApiError(error).retryAfter ?? 2 ** failures) * 1000, 5000),
        networkMode: "always", // loopback works offline
      },
      mutations: { networkMode: "always" },
    },
  });
}
