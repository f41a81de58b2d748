import { QueryClient } from "@tanstack/react-query";
import { asApiError } from "./problem";

export function newQueryClient(retries = 2) {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < retries && asApiError(error).isTemporary,
        networkMode: "always", // loopback works without a network
      },
      mutations: { networkMode: "always" },
    },
  });
}
