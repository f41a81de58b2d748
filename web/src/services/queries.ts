import { QueryClient } from "@tanstack/react-query";
import { asApiError } from "./problem";

export function newQueryClient(retries = 2) {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < retries && asApiError(error).isTemporary,
        // As long as the server asks for, within reason; else a little more each time.
        retryDelay: (failures, error) => Math.min((asApiError(error).retryAfter ?? 2 ** failures) * 1000, 5000),
        networkMode: "always", // loopback works without a network
      },
      mutations: { networkMode: "always" },
    },
  });
}
