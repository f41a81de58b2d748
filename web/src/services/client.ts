import createClient, { type Middleware } from "openapi-fetch";
import type { paths as InventoryPaths } from "../types/inventory";
import type { paths as OrdersPaths } from "../types/orders";
import type { paths as UsersPaths } from "../types/users";
import { errorFrom } from "./problem";
import { sessionStore } from "./token";

const authorize: Middleware = {
  onRequest({ request }) {
    const session = sessionStore.get();
    if (session.signedIn) request.headers.set("Authorization", `Bearer ${session.token}`);
    return request;
  },
  onResponse({ request, response }) {
    // A refused token is over; a refused password is not: no token was sent with it.
    const session = sessionStore.get();
    if (
      response.status === 401 &&
      session.signedIn &&
      request.headers.get("Authorization") === `Bearer ${session.token}`
    ) {
      sessionStore.expire();
    }
  },
};

export const api = createClient<UsersPaths & OrdersPaths & InventoryPaths>({
  baseUrl: window.location.origin,
  fetch: (request) => globalThis.fetch(request), // looked up on each call, so that tests can replace it
});
api.use(authorize);

type Answer<T> =
  | { data: T; error?: undefined; response: Response }
  | { data?: undefined; error: unknown; response: Response };

/** The data of an answer, and its headers; anything but a success is thrown as ApiError. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<{ data: NonNullable<T>; headers: Headers }> {
  const answer = await call;
  if (answer.data === undefined || answer.data === null) throw errorFrom(answer.response.status, answer.error);
  return { data: answer.data, headers: answer.response.headers };
}

/** The cursor of the next page, from the Link header (RFC 8288) of a list. */
export function nextCursor(headers: Headers): string | undefined {
  const next = /<([^>]*)>\s*;\s*rel="next"/.exec(headers.get("Link") ?? "")?.[1];
  if (next === undefined) return undefined;
  return new URL(next, window.location.origin).searchParams.get("cursor") ?? undefined;
}
