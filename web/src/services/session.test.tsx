import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { BrowserRouter } from "react-router";
import { describe, expect, it, vi } from "vitest";
import { problem, server, token } from "../../test/server";
import { record, text } from "./read";

/** The session module of another tab: the same storage, separate memory. */
async function tab() {
  vi.resetModules();
  return import("./session");
}

/** Accepts each refresh token once, as the service does, and returns those that came. */
function refreshing() {
  const used: string[] = [];
  server.use(
    http.post("/users/refresh", async ({ request }) => {
      const sent = text(record(await request.json()).refresh_token) ?? "";
      const again = used.includes(sent);
      used.push(sent);
      if (again) return problem(401, "The session has ended.");
      const next = used.length + 1;
      return HttpResponse.json({ ...token, access_token: `access-${next}`, refresh_token: `r${next}` });
    }),
  );
  return used;
}

describe("the tabs of a browser", () => {
  it("sign in and out together", async () => {
    const [one, two] = [await tab(), await tab()];
    one.sessionStore.begin(token);
    await waitFor(() => expect(two.sessionStore.get()).toMatchObject({ status: "in", token: "a.b.c" }));
    two.signOut();
    await waitFor(() => expect(one.sessionStore.get()).toEqual({ status: "out", end: "left" }));
    expect(localStorage.getItem("microdemo.refresh")).toBeNull();
  });

  it("never use a refresh token twice, however many renew at once", async () => {
    const used = refreshing();
    const tabs = [await tab(), await tab(), await tab()];
    tabs[0]?.sessionStore.begin(token);
    for (const one of tabs) await waitFor(() => expect(one.sessionStore.get().status).toBe("in"));

    const renewed = await Promise.all(tabs.flatMap((one) => [one.renew("a.b.c"), one.renew("a.b.c")]));
    expect(renewed).not.toContain(false);
    expect(used[0]).toBe("r1");
    expect(new Set(used).size).toBe(used.length);
    const last = `access-${used.length + 1}`;
    for (const one of tabs) await waitFor(() => expect(one.sessionStore.get()).toMatchObject({ status: "in", token: last }));
    expect(localStorage.getItem("microdemo.refresh.lease")).toBeNull();
  });

  it("wait for one that renews, but no longer than its lease if it dies", async () => {
    const used = refreshing();
    const one = await tab();
    one.sessionStore.begin(token);
    const until = Date.now() + 300;
    localStorage.setItem("microdemo.refresh.lease", JSON.stringify({ owner: "another", until }));
    expect(await one.renew("a.b.c")).toBe(true);
    expect(Date.now()).toBeGreaterThanOrEqual(until);
    expect(used).toEqual(["r1"]);
  });
});

describe("opening the console again", () => {
  /** Opens it with a stored refresh token. */
  async function reopen() {
    window.history.replaceState(null, "", "/app/orders");
    localStorage.setItem("microdemo.refresh", "r1");
    vi.resetModules();
    const [{ App }, { newQueryClient }] = [await import("../App"), await import("./queries")];
    render(
      <BrowserRouter>
        <App queries={newQueryClient(0)} />
      </BrowserRouter>,
    );
    return userEvent.setup();
  }

  it("signs in with the stored token", async () => {
    const used = refreshing();
    await reopen();
    expect(await screen.findByRole("row", { name: /ORD-001/ })).toBeVisible();
    expect(used).toEqual(["r1"]);
  });

  it("offers to try again when the service cannot tell whether the session is valid", async () => {
    refreshing();
    server.use(http.post("/users/refresh", () => problem(503, "Users does not answer."), { once: true }));
    const user = await reopen();
    expect(await screen.findByText("Users does not answer.")).toBeVisible();
    expect(localStorage.getItem("microdemo.refresh")).toBe("r1");
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("row", { name: /ORD-001/ })).toBeVisible();
  });

  it("asks to sign in when it is not valid", async () => {
    server.use(http.post("/users/refresh", () => problem(401, "The session has ended.")));
    await reopen();
    expect(await screen.findByText("Your session has ended. Please sign in again.")).toBeVisible();
    expect(localStorage.getItem("microdemo.refresh")).toBeNull();
  });
});
