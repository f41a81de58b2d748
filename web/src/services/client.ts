import createClient from "openapi-fetch";
import type { paths as InventoryPaths } from "../types/inventory";
import type { paths as OrdersPaths } from "../types/orders";
import type { paths as UsersPaths } from "../types/users";
import { errorFrom, retryAfter } from "./problem";
import { currentToken, renew, sessionStore } from "./session";

/** Sends a request as the signed-in user. If the token is refused, it is renewed once and the request repeated. */
export async function send(request: Request): Promise<Response> {
  const again = request.clone();
  const token = await currentToken();
  if (token === undefined) return globalThis.fetch(request);
  request.headers.set("Authorization", `Bearer ${token}`);
  const response = await globalThis.fetch(request); // looked up on each call, so that tests can replace it
  if (response.status !== 401) return response;
  if (!(await renew(token))) return response;
  const session = sessionStore.get();
  if (session.status !== "in") return response;
  again.headers.set("Authorization", `Bearer ${session.token}`);
  return globalThis.fetch(again);
}

export const api = createClient<UsersPaths & OrdersPaths & InventoryPaths>({
  baseUrl: window.location.origin,
  fetch: send,
  querySerializer: { array: { style: "form", explode: false } }, // as the API reads lists
});

type Answer<T> =
  | { data: T; error?: undefined; response: Response }
  | { data?: undefined; error: unknown; response: Response };

/** The data and headers of an answer; anything but a success is thrown as ApiError. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<{ data: NonNullable<T>; headers: Headers }> {
  const answer = await call;
  if (answer.data === undefined || answer.data === null) throw await failure(answer);
  return { data: answer.data, headers: answer.response.headers };
}

/** Waits for an answer without a body. */
export async function done(call: Promise<{ error?: unknown; response: Response }>): Promise<void> {
  const answer = await call;
  if (!answer.response.ok) throw await failure(answer);
}

function failure({ error, response }: { error?: unknown; response: Response }) {
  return errorFrom(response.status, error, retryAfter(response.headers));
}

/** The cursor of the next page, from the Link header (RFC 8288) of a list. */
export function nextCursor(headers: Headers): string | undefined {
  const next = /<([^>]*)>\s*;\s*rel="next"/.exec(headers.get("Link") ?? "")?.[1];
  if (next === undefined) return undefined;
  return new URL(next, window.location.origin).searchParams.get("cursor") ?? undefined;
}

/** One page of a list: its rows, the total, and the cursor of the next page. */
export interface ListPage<T> {
  rows: T[];
  /** Exact, or such as "10000+". */
  total: string | undefined;
  next: string | undefined;
}

export async function unwrapPage<T>(call: Promise<Answer<T[]>>): Promise<ListPage<T>> {
  const { data, headers } = await unwrap(call);
  return { rows: data, total: headers.get("X-Total-Count") ?? undefined, next: nextCursor(headers) };
}
