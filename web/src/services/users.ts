import { useMutation, useQuery } from "@tanstack/react-query";
import type { Credentials, Registration } from "../types/users";
import { api, unwrap } from "./client";

export const usersKeys = { me: ["users", "me"] };

export function useMe() {
  return useQuery({
    queryKey: usersKeys.me,
    queryFn: async ({ signal }) => (await unwrap(api.GET("/users/me", { signal }))).data,
    staleTime: Infinity,
  });
}

export function useLogin() {
  return useMutation({
    mutationFn: async (body: Credentials) => (await unwrap(api.POST("/users/login", { body }))).data,
  });
}

export function useRegister() {
  return useMutation({
    mutationFn: async (body: Registration) => (await unwrap(api.POST("/users/register", { body }))).data,
  });
}
