import type { Event } from "../types/orders";
import { retryAfter } from "./problem";
import { number, oneOf, record, text } from "./read";
import { currentToken, renew } from "./session";
import { EventStreamParser } from "./sse";

/** The state of the event stream; "off" while the tab is hidden. */
export type LiveState = "off" | "connecting" | "live" | "reconnecting";

/** The messages between the tabs of a browser: one of them reads the stream, all of them listen. */
type News =
  | { kind: "event"; id: string; event: Event }
  /** Events were missed: reload what is shown. */
  | { kind: "reset"; id: string }
  | { kind: "state"; id: string; state: LiveState }
  /** From a tab that has just opened. */
  | { kind: "hello" };

const name = "microdemo.events";
const silence = 45_000; // the server sends a sign of life every 15 s
const unseen = 60_000; // a tab that has been hidden for so long needs no stream
const shortestWait = 250;
const longestWait = 60_000;
const eventTypes = ["created", "status_changed", "updated", "imported", "deleted"] as const;
const states = ["off", "connecting", "live", "reconnecting"] as const;

function readEvent(from: unknown): Event | undefined {
  const all = record(from);
  const id = number(all.id);
  const order_id = text(all.order_id);
  const event_type = oneOf(eventTypes, all.event_type);
  const created_at = text(all.created_at);
  if (id === undefined || order_id === undefined || event_type === undefined || created_at === undefined) return undefined;
  return {
    id,
    order_id,
    event_type,
    created_at,
    description: text(all.description) ?? "",
    old_value: text(all.old_value) ?? null,
    new_value: text(all.new_value) ?? null,
    user_id: number(all.user_id) ?? null,
  };
}

function readNews(from: unknown): News | undefined {
  const all = record(from);
  const id = text(all.id) ?? "";
  const event = readEvent(all.event);
  const state = oneOf(states, all.state);
  if (all.kind === "event" && event) return { kind: "event", id, event };
  if (all.kind === "state" && state) return { kind: "state", id, state };
  if (all.kind === "reset") return { kind: "reset", id };
  return all.kind === "hello" ? { kind: "hello" } : undefined;
}

let state: LiveState = "off";
const listeners = new Set<() => void>();

export const liveStore = {
  get: () => state,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
};

function setState(next: LiveState) {
  if (state === next) return;
  state = next;
  for (const notify of listeners) notify();
}

interface Listener {
  onEvent: (event: Event) => void;
  /** Events were missed. */
  onReset: () => void;
}

/** Listens to the events of orders, until the returned function is called. */
export function listen({ onEvent, onReset }: Listener): () => void {
  const tabs = new BroadcastChannel(name);
  const started = Date.now();
  let lastId = ""; // of the events received
  let streamState: LiveState = "connecting"; // the last known state of the stream
  let stream: AbortController | undefined;
  let leads = false;
  let hiding: ReturnType<typeof setTimeout> | undefined;

  const receive = (news: News) => {
    if (news.kind === "hello") {
      if (leads) tabs.postMessage({ kind: "state", id: lastId, state: streamState } satisfies News);
      return;
    }
    lastId = news.id || lastId;
    if (news.kind === "state") streamState = news.state;
    if (news.kind === "event") onEvent(news.event);
    else if (news.kind === "reset") onReset();
    else if (stream) setState(news.state);
  };
  tabs.onmessage = ({ data }: MessageEvent<unknown>) => {
    const news = readNews(data);
    if (news) receive(news);
  };
  const publish = (news: News) => {
    receive(news);
    tabs.postMessage(news);
  };

  const lead = async (signal: AbortSignal) => {
    leads = true;
    try {
      await follow(signal, {
        lastId: () => lastId,
        publish,
        // Data read before the first stream opened is older than the stream, unless both were requested together.
        isLate: () => Date.now() - started > 3000,
      });
    } finally {
      leads = false;
    }
  };
  const start = () => {
    if (stream) return;
    streamState = "connecting";
    stream = new AbortController();
    const { signal } = stream;
    setState("connecting");
    // Web Locks are available only over HTTPS and on localhost; without them each visible tab has a stream.
    if (!("locks" in navigator)) void lead(signal);
    else void navigator.locks.request(name, { signal }, () => lead(signal)).catch(() => undefined); // aborted
    tabs.postMessage({ kind: "hello" } satisfies News);
  };
  const stop = () => {
    stream?.abort();
    stream = undefined;
    setState("off");
  };
  const onVisibility = () => {
    clearTimeout(hiding);
    if (document.visibilityState === "visible") start();
    else hiding = setTimeout(stop, unseen);
  };
  document.addEventListener("visibilitychange", onVisibility);
  onVisibility();
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    clearTimeout(hiding);
    stop();
    tabs.close();
  };
}

interface Reader {
  lastId: () => string;
  publish: (news: News) => void;
  isLate: () => boolean;
}

/** Keeps a stream open until it is aborted. */
async function follow(signal: AbortSignal, reader: Reader) {
  let failures = 0;
  const isOver = () => signal.aborted;
  while (!isOver()) {
    const { opened, wait, again } = await readOnce(signal, reader).catch(() => ({ opened: false, wait: 2000, again: false }));
    if (isOver()) return;
    failures = opened ? 0 : failures + 1;
    if (again && failures < 2) continue;
    reader.publish({ kind: "state", id: reader.lastId(), state: "reconnecting" });
    // With jitter, because many may have lost their stream together.
    const backOff = Math.max(wait, shortestWait) * 2 ** Math.max(failures - 1, 0) * (0.75 + Math.random() / 2);
    await pause(Math.min(backOff, longestWait), signal);
  }
}

interface Ended {
  opened: boolean;
  /** Milliseconds to wait before the next attempt. */
  wait: number;
  /** Reconnect at once: only the token had expired. */
  again: boolean;
}

async function readOnce(signal: AbortSignal, { lastId, publish, isLate }: Reader): Promise<Ended> {
  const token = await currentToken();
  if (token === undefined) return { opened: false, wait: longestWait, again: false }; // signed out: the listener is about to stop
  const from = lastId();
  const quiet = new AbortController();
  const ended = AbortSignal.any([signal, quiet.signal]);
  let timer = setTimeout(() => quiet.abort(), silence);
  try {
    const response = await fetch("/orders/events", {
      headers: { Accept: "text/event-stream", Authorization: `Bearer ${token}`, ...(from && { "Last-Event-ID": from }) },
      cache: "no-store",
      signal: ended,
    });
    if (response.status === 401) return { opened: false, wait: 2000, again: await renew(token) };
    if (!response.ok || !response.body || !response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
      void response.body?.cancel().catch(() => undefined);
      return { opened: false, wait: (retryAfter(response.headers) ?? 2) * 1000, again: false };
    }
    if (from === "" && isLate()) publish({ kind: "reset", id: "" });
    const parser = new EventStreamParser();
    publish({ kind: "state", id: from, state: "live" });
    const chunks = response.body.pipeThrough(new TextDecoderStream()).getReader();
    ended.addEventListener("abort", () => void chunks.cancel().catch(() => undefined));
    for (;;) {
      const { value, done } = await chunks.read().catch(() => ({ value: undefined, done: true }));
      if (done || value === undefined) break;
      clearTimeout(timer);
      timer = setTimeout(() => quiet.abort(), silence);
      for (const { event: kind, data } of parser.push(value)) dispatch(kind, data, parser.lastId, publish);
      if (parser.lastId && parser.lastId !== lastId()) publish({ kind: "state", id: parser.lastId, state: "live" });
    }
    return { opened: true, wait: parser.retry ?? 2000, again: false };
  } finally {
    clearTimeout(timer);
  }
}

function dispatch(kind: string, data: string, id: string, publish: Reader["publish"]) {
  if (kind === "reset") {
    publish({ kind: "reset", id });
    return;
  }
  try {
    const event = readEvent(JSON.parse(data));
    if (event) publish({ kind: "event", id, event });
  } catch {
    // Not JSON: nothing that this version knows.
  }
}

/** Waits, but no longer than until the network is back or the stream is aborted. */
function pause(ms: number, signal: AbortSignal) {
  return new Promise<void>((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      window.removeEventListener("online", wake);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    window.addEventListener("online", wake);
    signal.addEventListener("abort", wake);
  });
}
