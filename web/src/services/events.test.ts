import { http, HttpResponse } from "msw";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { created, eventStream, problem, server, token } from "../../test/server";
import { listen, liveStore } from "./events";
import { sessionStore, signOut } from "./session";

type Stream = ReturnType<typeof eventStream>;

/** Answers each request for the stream with the next of these, and with the last one from then on. */
function serve(...answers: ((stream: Stream) => Response)[]) {
  const asked: { authorization: string | null; place: string | null; at: number; stream: Stream }[] = [];
  server.use(
    http.get("/orders/events", ({ request: { headers } }) => {
      const stream = eventStream();
      asked.push({ authorization: headers.get("Authorization"), place: headers.get("Last-Event-ID"), at: Date.now(), stream });
      return (answers[asked.length - 1] ?? answers.at(-1))?.(stream);
    }),
  );
  return asked;
}
const opened = (stream: Stream) => stream.response;

const running: (() => void)[] = [];
function tab() {
  const heard: (number | "reset")[] = [];
  const stop = listen({ onEvent: ({ id }) => heard.push(id), onReset: () => heard.push("reset") });
  running.push(stop);
  return { heard, stop };
}
const soon = <T>(check: () => T) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
const isLive = () => soon(() => expect(liveStore.get()).toBe("live"));

function hide(hidden: boolean) {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(hidden ? "hidden" : "visible");
  document.dispatchEvent(new globalThis.Event("visibilitychange"));
}

beforeEach(() => sessionStore.begin(token));
afterEach(() => {
  for (const stop of running.splice(0)) stop();
  vi.useRealTimers();
});

describe("the events of orders", () => {
  it("arrive as they happen", async () => {
    const asked = serve(opened);
    const { heard } = tab();
    expect(liveStore.get()).toBe("connecting");
    await isLive();
    expect(asked[0]).toMatchObject({ authorization: "Bearer a.b.c", place: null });
    asked[0]?.stream.send(": still here\nid: 1\n\nevent: order.created\ndata: no JSON\n\n");
    asked[0]?.stream.emit({ ...created, id: 2 });
    await soon(() => expect(heard).toEqual([2]));
  });

  it("resume after the last one when the stream ends", async () => {
    const asked = serve(opened);
    const { heard } = tab();
    await isLive();
    asked[0]?.stream.send("retry: 5\n\n");
    asked[0]?.stream.emit({ ...created, id: 7 });
    asked[0]?.stream.end();
    await soon(() => expect(liveStore.get()).toBe("reconnecting"));
    await isLive();
    expect(asked[1]?.place).toBe("7");
    asked[1]?.stream.emit({ ...created, id: 8 });
    await soon(() => expect(heard).toEqual([7, 8]));
  });

  it("are requested again at growing intervals while there is no answer", async () => {
    const away = () => problem(503, "Too many streams.");
    const asked = serve(away, away, away, opened);
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    tab();
    for (let turn = 0; turn < 10_000 && asked.length < 4; turn++) {
      await vi.advanceTimersByTimeAsync(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [first = 0, second = 0, third = 0, fourth = 0] = asked.map(({ at }) => at);
    expect(second - first).toBeGreaterThanOrEqual(2000);
    expect(third - second).toBeGreaterThanOrEqual(4000);
    expect(fourth - third).toBeGreaterThanOrEqual(8000);
  });

  it("are requested with a new token when one has expired", async () => {
    server.use(http.post("/users/refresh", () => HttpResponse.json({ ...token, access_token: "d.e.f", refresh_token: "r2" })));
    const asked = serve(() => problem(401, "The token has expired."), opened);
    tab();
    await isLive();
    expect(asked.map(({ authorization }) => authorization)).toEqual(["Bearer a.b.c", "Bearer d.e.f"]);
  });

  it("are no longer requested once the session is over", async () => {
    server.use(http.post("/users/refresh", () => problem(401, "The session has ended.")));
    const asked = serve(() => problem(401, "The token has expired."));
    const { stop } = tab();
    await soon(() => expect(sessionStore.get().status).toBe("out"));
    stop();
    signOut();
    expect(liveStore.get()).toBe("off");
    expect(asked).toHaveLength(1);
  });

  it("report that some were missed", async () => {
    const asked = serve(opened);
    const { heard } = tab();
    await isLive();
    asked[0]?.stream.send("retry: 5\nid: 90\nevent: reset\ndata: {}\n\n");
    await soon(() => expect(heard).toEqual(["reset"]));
    asked[0]?.stream.end();
    await soon(() => expect(asked[1]?.place).toBe("90"));
  });

  it("pause while the tab is hidden for long, and resume where they were", async () => {
    const asked = serve(opened);
    const { heard } = tab();
    await isLive();
    asked[0]?.stream.emit({ ...created, id: 3 });
    await soon(() => expect(heard).toEqual([3]));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
    hide(true);
    vi.advanceTimersByTime(59_000);
    expect(liveStore.get()).toBe("live");
    vi.advanceTimersByTime(2000);
    expect(liveStore.get()).toBe("off");
    hide(false);
    await isLive();
    expect(asked[1]?.place).toBe("3");
  });

  it("are read by one tab for all, and by the next one when it closes", async () => {
    let held: Promise<unknown> = Promise.resolve();
    Object.defineProperty(navigator, "locks", {
      configurable: true,
      value: {
        request: (_name: string, { signal }: { signal: AbortSignal }, work: () => Promise<unknown>) => {
          const turn = held.then(() => (signal.aborted ? undefined : work()));
          held = turn.catch(() => undefined);
          return turn;
        },
      },
    });
    try {
      const asked = serve(opened);
      const one = tab();
      await isLive();
      const other = tab();
      await isLive();
      expect(asked).toHaveLength(1);
      asked[0]?.stream.emit({ ...created, id: 5 });
      await soon(() => expect([one.heard, other.heard]).toEqual([[5], [5]]));
      one.stop();
      await soon(() => expect(asked[1]?.place).toBe("5"));
      asked[1]?.stream.emit({ ...created, id: 6 });
      await soon(() => expect(other.heard).toEqual([5, 6]));
      expect(one.heard).toEqual([5]);
      other.stop();
    } finally {
      Reflect.deleteProperty(navigator, "locks");
    }
  });
});
