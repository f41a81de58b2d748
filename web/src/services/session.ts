import { ApiError, errorFrom, retryAfter } from "./problem";
import { number, record, text } from "./read";

/**
 * The session. The access token is kept in this module's memory; the refresh
 * token in localStorage, shared by the tabs of this browser (docs/security.md
 * gives the reasons). Only one tab at a time uses it, because every use issues a
 * new one, and using an old one ends the session everywhere.
 */
export type Session =
  | { readonly status: "in"; readonly token: string; /** Milliseconds. */ readonly expires: number }
  | { readonly status: "out"; /** How a session ended here, if there was one. */ readonly end?: "expired" | "left" }
  /** There is a refresh token, which may or may not be valid. */
  | { readonly status: "restoring"; readonly error?: unknown };

const refreshKey = "microdemo.refresh";
const lockName = "microdemo.refresh";

export interface TokenAnswer {
  access_token: string;
  /** Seconds. */
  expires_in: number;
  refresh_token?: string | undefined;
}

function readAnswer(body: unknown): TokenAnswer | undefined {
  const { access_token, expires_in, refresh_token } = record(body);
  if (typeof access_token !== "string" || typeof expires_in !== "number") return undefined;
  return { access_token, expires_in, refresh_token: text(refresh_token) };
}

let session: Session = storedToken() === null ? { status: "out" } : { status: "restoring" };
let person = 0;
const listeners = new Set<() => void>();
const tabs = new BroadcastChannel("microdemo.session");

function storedToken() {
  try {
    return localStorage.getItem(refreshKey);
  } catch {
    return null; // storage is disabled: a reload signs out
  }
}

function storeToken(token: string | undefined) {
  try {
    if (token === undefined) localStorage.removeItem(refreshKey);
    else localStorage.setItem(refreshKey, token);
  } catch {
    // As above.
  }
}

function setSession(next: Session) {
  session = next;
  for (const notify of listeners) notify();
}

tabs.onmessage = ({ data }: MessageEvent<unknown>) => {
  const message = record(data);
  const token = text(message.token);
  const expires = number(message.expires);
  if (message.kind === "ended") {
    person++; // cached data belongs to someone else
    setSession({ status: "out", end: "left" });
  } else if (token !== undefined && expires !== undefined) {
    if (message.kind === "renewed" && session.status === "out") return;
    if (message.kind === "began") person++;
    setSession({ status: "in", token, expires });
  }
};

function adopt(got: TokenAnswer, kind: "began" | "renewed") {
  const expires = Date.now() + got.expires_in * 1000;
  storeToken(got.refresh_token);
  setSession({ status: "in", token: got.access_token, expires });
  tabs.postMessage({ kind, token: got.access_token, expires });
}

function leave(end: "expired" | "left") {
  storeToken(undefined);
  person++;
  setSession({ status: "out", end });
}

export const sessionStore = {
  get: () => session,
  /** Changes with each session: caches drop their data when it does. */
  person: () => person,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
  begin: (got: TokenAnswer) => {
    person++;
    adopt(got, "began");
  },
  expire: () => leave("expired"),
};

/** Ends the session here, in the other tabs, and on the server if it answers. */
export function signOut() {
  const token = session.status === "in" ? session.token : undefined;
  const refreshToken = storedToken();
  leave("left");
  tabs.postMessage({ kind: "ended" });
  if (token === undefined || refreshToken === null) return;
  // Not awaited: signing out works without an answer.
  void fetch("/users/logout", {
    method: "POST",
    keepalive: true,
    headers: { Authorization: `Bearer ${token}` },
  }).catch(() => undefined);
}

let renewing: Promise<boolean> | undefined;

/**
 * Replaces an access token that is no longer valid. False: the session is over.
 * It throws an ApiError when the server cannot tell.
 */
export function renew(used?: string): Promise<boolean> {
  renewing ??= alone(() => rotate(used)).finally(() => {
    renewing = undefined;
  });
  return renewing;
}

async function rotate(used: string | undefined): Promise<boolean> {
  // Another tab may have renewed it while this one waited.
  if (session.status === "in" && used !== undefined && session.token !== used) return true;
  const refreshToken = storedToken();
  if (refreshToken === null) {
    if (session.status !== "out") leave("expired");
    return false;
  }
  const response = await fetch("/users/refresh", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ refresh_token: refreshToken }),
  });
  const body: unknown = await response.json().catch(() => undefined);
  const got = readAnswer(body);
  if (response.ok && got) {
    if (storedToken() !== refreshToken) return session.status === "in"; // signed out, or in again, in the meantime
    adopt(got, "renewed");
    return true;
  }
  const error = await errorFrom(response.status, body, retryAfter(response.headers));
  if (error.isTemporary) throw error;
  leave("expired");
  return false;
}

/** Resumes the session after a page load. */
export async function restore() {
  try {
    await renew();
  } catch (error) {
    if (session.status === "restoring") setSession({ status: "restoring", error });
  }
}

/** The access token for a request, renewed if it is about to expire. */
export async function currentToken(): Promise<string | undefined> {
  if (session.status !== "in") return undefined;
  const { token, expires } = session;
  if (storedToken() !== null && expires - Date.now() < 20_000) {
    await renew(token).catch((error: unknown) => {
      if (!(error instanceof ApiError) || Date.now() > expires) throw error; // it is still valid for a moment
    });
  }
  const now = sessionStore.get();
  return now.status === "in" ? now.token : undefined;
}

/** Runs work in one tab at a time. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  // Web Locks are available only over HTTPS and on localhost.
  const locks: LockManager | undefined = "locks" in navigator ? navigator.locks : undefined;
  return locks ? await locks.request(lockName, work) : aloneByStorage(work);
}

/** The same with a lease in localStorage, where there are no Web Locks. */
async function aloneByStorage<T>(work: () => Promise<T>): Promise<T> {
  const key = `${lockName}.lease`;
  const me = Array.from(crypto.getRandomValues(new Uint8Array(8))).join(".");
  const read = () => {
    try {
      return record(JSON.parse(localStorage.getItem(key) ?? "{}"));
    } catch {
      return {};
    }
  };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  for (;;) {
    const held = read();
    if ((number(held.until) ?? 0) < Date.now()) {
      try {
        localStorage.setItem(key, JSON.stringify({ owner: me, until: Date.now() + 10_000 }));
      } catch {
        return work(); // without storage no other tab has the token
      }
      await pause(30); // long enough for a tab that wrote at the same time
      if (read().owner === me) break;
    }
    await pause(50);
  }
  try {
    return await work();
  } finally {
    if (read().owner === me) localStorage.removeItem(key);
  }
}
