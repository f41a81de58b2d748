import type { Event } from "../types/orders";
import { retryAfter } from "./problem";
import { number, oneOf, record, text } from "./read";
import { currentToken, renew } from "./session";
import { EventStreamParser } from "./sse";

/** Whether what happens to orders is heard of as it happens; "off" while nobody looks. */
export type LiveState = "off" | "connecting" | "live" | "reconnecting";

/** What the tabs of one browser tell each other: one of them reads the stream, all of them listen. */
type News =
  | { kind: "event"; id: string; event: Event }
  /** Something was missed: read again what is shown. */
  | { kind: "reset"; id: string }
  | { kind: "place"; id: string; state: LiveState }
  /** From a tab that has just come. */
  | { kind: "hello" };

const name = "microdemo.events";
const silence = 45_000; // the server says something every 15 s
const unseen = 60_000; // a tab that was hidden for as long needs no stream
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
  const { kind, id: named, event: told, state: at } = record(from);
  const id = text(named) ?? "";
  const event = readEvent(told);
  const state = oneOf(states, at);
  if (kind === "event" && event) return { kind, id, event };
  if (kind === "place" && state) return { kind, id, state };
  if (kind === "reset") return { kind, id };
  if (kind === "hello") return { kind };
  return undefined;
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

function become(next: LiveState) {
  if (state === next) return;
  state = next;
  for (const tell of listeners) tell();
}

interface Listener {
  onEvent: (event: Event) => void;
  /** Events were missed. */
  onReset: () => void;
}

/** Listens to what happens to orders, until the function that it answers is called. */
export function listen({ onEvent, onReset }: Listener): () => void {
  const tabs = new BroadcastChannel(name);
  const started = Date.now();
  let place = ""; // in the stream
  let told: LiveState = "connecting"; // how the stream is, as was last heard
  let stream: AbortController | undefined;
  let leads = false;
  let hiding: ReturnType<typeof setTimeout> | undefined;

  const hear = (news: News) => {
    if (news.kind === "hello") {
      if (leads) tabs.postMessage({ kind: "place", id: place, state: told } satisfies News);
      return;
    }
    place = news.id || place;
    if (news.kind === "place") told = news.state;
    if (news.kind === "event") onEvent(news.event);
    else if (news.kind === "reset") onReset();
    else if (stream) become(news.state);
  };
  tabs.onmessage = ({ data }: MessageEvent<unknown>) => {
    const news = readNews(data);
    if (news) hear(news);
  };
  const say = (news: News) => {
    hear(news);
    tabs.postMessage(news);
  };

  const lead = async (signal: AbortSignal) => {
    leads = true;
    try {
      await follow(signal, {
        place: () => place,
        say,
        // What was read before the first stream was open is older than the stream, unless both were asked for together.
        isLate: () => Date.now() - started > 3000,
      });
    } finally {
      leads = false;
    }
  };
  const start = () => {
    if (stream) return;
    told = "connecting";
    stream = new AbortController();
    const { signal } = stream;
    become("connecting");
    // Web Locks are there only over HTTPS and on localhost; without them each tab that is seen has a stream.
    if (!("locks" in navigator)) void lead(signal);
    else void navigator.locks.request(name, { signal }, () => lead(signal)).catch(() => undefined); // given up
    tabs.postMessage({ kind: "hello" } satisfies News);
  };
  const stop = () => {
    stream?.abort();
    stream = undefined;
    become("off");
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

interface Teller {
  place: () => string;
  say: (news: News) => void;
  isLate: () => boolean;
}

/** Keeps a stream open until it is told to stop. */
async function follow(signal: AbortSignal, teller: Teller) {
  let failures = 0;
  const isOver = () => signal.aborted;
  while (!isOver()) {
    const { opened, wait, again } = await readOnce(signal, teller).catch(() => ({ opened: false, wait: 2000, again: false }));
    if (isOver()) return;
    failures = opened ? 0 : failures + 1;
    if (again && failures < 2) continue;
    teller.say({ kind: "place", id: teller.place(), state: "reconnecting" });
    // Not all at once, where many have lost their stream together.
    const backOff = Math.max(wait, shortestWait) * 2 ** Math.max(failures - 1, 0) * (0.75 + Math.random() / 2);
    await pause(Math.min(backOff, longestWait), signal);
  }
}

interface Ended {
  opened: boolean;
  /** Milliseconds to wait before the next. */
  wait: number;
  /** At once is fine: only the token was too old. */
  again: boolean;
}

async function readOnce(signal: AbortSignal, { place, say, isLate }: Teller): Promise<Ended> {
  const token = await currentToken();
  if (token === undefined) return { opened: false, wait: longestWait, again: false }; // whoever listens is about to stop
  const from = place();
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
    if (from === "" && isLate()) say({ kind: "reset", id: "" });
    const parser = new EventStreamParser();
    say({ kind: "place", id: from, state: "live" });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    ended.addEventListener("abort", () => void reader.cancel().catch(() => undefined));
    for (;;) {
      const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
      if (done || value === undefined) break;
      clearTimeout(timer);
      timer = setTimeout(() => quiet.abort(), silence);
      for (const { event: kind, data } of parser.push(value)) tell(kind, data, parser.lastId, say);
      if (parser.lastId && parser.lastId !== place()) say({ kind: "place", id: parser.lastId, state: "live" });
    }
    return { opened: true, wait: parser.retry ?? 2000, again: false };
  } finally {
    clearTimeout(timer);
  }
}

function tell(kind: string, data: string, id: string, say: Teller["say"]) {
  if (kind === "reset") {
    say({ kind: "reset", id });
    return;
  }
  try {
    const event = readEvent(JSON.parse(data));
    if (event) say({ kind: "event", id, event });
  } catch {
    // No JSON, so nothing that this version knows.
  }
}

/** Waits so long, or until the network is back, or it is told to stop. */
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
