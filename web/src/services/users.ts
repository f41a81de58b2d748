import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../context/session";
import type { Credentials, PasswordChange, Registration, UserChange, UserCreation } from "../types/users";
import { api, done, unwrap, unwrapPage } from "./client";
import { useMutation } from "./mutation";

export interface UsersFilter {
  cursor?: string | undefined;
  q?: string | undefined;
  role?: "user" | "admin" | undefined;
  is_active?: boolean | undefined;
  limit?: number;
}

export const usersKeys = {
  all: ["users"],
  me: ["users", "me"],
  lists: ["users", "list"],
  list: (filter: UsersFilter) => ["users", "list", filter],
  one: (id: number) => ["users", "one", id],
  names: (ids: number[]) => ["users", "names", ids],
};

export function useMe() {
  const { status } = useSession();
  return useQuery({
    queryKey: usersKeys.me,
    queryFn: async ({ signal }) => (await unwrap(api.GET("/users/me", { signal }))).data,
    staleTime: Infinity,
    enabled: status === "in",
  });
}

/** Whether the signed-in user is an administrator. */
export const useIsAdmin = () => useMe().data?.role === "admin";

export function useUsers(filter: UsersFilter, enabled = true) {
  return useQuery({
    queryKey: usersKeys.list(filter),
    queryFn: ({ signal }) =>
      unwrapPage(api.GET("/users/", { params: { query: { limit: 20, ...filter } }, signal })),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** A user; for administrators. */
export function useUser(id: number, enabled: boolean) {
  return useQuery({
    queryKey: usersKeys.one(id),
    queryFn: async ({ signal }) => (await unwrap(api.GET("/users/{id}", { params: { path: { id } }, signal }))).data,
    enabled,
    staleTime: 60_000,
  });
}

/** The names of users, by id. */
export type Names = Readonly<Record<number, string>>;

const noNames: Names = {};
const most = 100; // as many as the API looks up at once

/**
 * The names of these users, as far as they exist, in one request. Only
 * administrators may ask; for others, and until the answer arrives, no name is
 * known. The caller's own is never asked for.
 */
export function useNames(ids: number[]): Names {
  const me = useMe().data;
  const others = [...new Set(ids)].filter((id) => id !== me?.id).sort((a, b) => a - b).slice(0, most);
  const { data } = useQuery({
    queryKey: usersKeys.names(others),
    queryFn: async ({ signal }): Promise<Names> => {
      const query = { ids: others, limit: most };
      const { rows } = await unwrapPage(api.GET("/users/", { params: { query }, signal }));
      return Object.fromEntries(rows.map(({ id, name }) => [id, name]));
    },
    placeholderData: keepPreviousData,
    enabled: me?.role === "admin" && others.length > 0,
    staleTime: 60_000,
  });
  return data ?? noNames;
}

/** A function that names a user: by number while the name is not known, or once the user is deleted. */
export function useNaming(names: Names) {
  const { t } = useTranslation();
  const me = useMe().data?.id;
  return useCallback((id: number) => (id === me ? t("people.you") : (names[id] ?? t("people.user", { id }))), [t, me, names]);
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

export function useChangePassword() {
  return useMutation({
    mutationFn: (body: PasswordChange) => done(api.PUT("/users/me/password", { body })),
  });
}

/** A mutation that invalidates everything about users. */
function useUsersMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => queries.invalidateQueries({ queryKey: usersKeys.all }),
  });
}

export const useCreateUser = () =>
  useUsersMutation(async (body: UserCreation) => (await unwrap(api.POST("/users/", { body }))).data);

export const useChangeUser = () =>
  useUsersMutation(
    async ({ id, body }: { id: number; body: UserChange }) =>
      (await unwrap(api.PUT("/users/{id}", { params: { path: { id } }, body }))).data,
  );

export const useDeleteUser = () =>
  useUsersMutation((id: number) => done(api.DELETE("/users/{id}", { params: { path: { id } } })));

export const useResetPassword = () =>
  useUsersMutation(
    async (id: number) =>
      (await unwrap(api.POST("/users/{id}/reset_password", { params: { path: { id } } }))).data.temp_password,
  );
