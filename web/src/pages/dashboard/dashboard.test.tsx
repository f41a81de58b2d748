import { act, screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { preferencesStore } from "../../services/preferences";
import { currentAddress, open } from "../../../test/open";
import { created, eventStream, forecast, problem, server, series, stock, summary } from "../../../test/server";

const card = async (name: string) => {
  const heading = await screen.findByRole("heading", { level: 2, name });
  const found = heading.closest("section");
  if (!found) throw new Error(`${name} is no card`);
  return within(found);
};

/** Records the requests to the services. */
function recordRequests() {
  const asked: string[] = [];
  server.events.on("request:start", ({ request }) => {
    const { pathname, search } = new URL(request.url);
    asked.push(pathname + search);
  });
  return asked;
}

// jsdom has no layout, and charts draw nothing without a size.
beforeEach(() => {
  vi.spyOn(Element.prototype, "getBoundingClientRect").mockReturnValue(new DOMRect(0, 0, 640, 256));
});
afterEach(() => server.events.removeAllListeners());

describe("the dashboard", () => {
  it("shows an administrator the figures of the shop, its stock and its users", async () => {
    open("/app", { asAdmin: true });
    const orders = await card("Orders");
    expect(await orders.findByText("1,234.50")).toBeVisible();
    expect(orders.getByText("42")).toBeVisible();
    expect(orders.getByText("Revenue")).toBeVisible();
    expect((await card("Stock")).getByText("1,500")).toBeVisible();
    expect((await card("Orders by status")).getByRole("link", { name: /Completed 20 48%/ })).toHaveAttribute(
      "href",
      "/app/orders?status=completed",
    );
    expect(await screen.findByText("30 sign-ups in the last 30 days.")).toBeVisible();
    expect((await card("Users by role")).getByRole("link", { name: /User 24 96%/ })).toBeVisible();
    const low = await card("Low stock");
    expect(low.getByRole("link", { name: "RARE-1" })).toHaveAttribute("href", "/app/inventory/3");
    expect(low.getByText("Out of stock")).toBeVisible();
    expect(low.getByText("4 left")).toBeVisible();
    expect((await card("Newest orders")).getByRole("link", { name: "ORD-001" })).toHaveAttribute("href", "/app/orders/ORD-001");
  });

  it("requests no sign-ups for ordinary users", async () => {
    const asked = recordRequests();
    open("/app");
    const own = await card("Your orders");
    expect(await own.findByText("Spent")).toBeVisible();
    expect(await screen.findByText(/3,800.00 spent in the last 30 days/)).toBeVisible();
    expect(screen.queryByText("Users by role")).not.toBeInTheDocument();
    await waitFor(() => expect(asked).toContain("/inventory/analytics"));
    expect(asked.filter((path) => path.startsWith("/users/"))).toEqual(["/users/me"]);
  });

  it("shows the chosen number of days, and keeps it in its address", async () => {
    const asked = recordRequests();
    const user = open("/app?days=7", { asAdmin: true });
    expect(await screen.findByText(/1,500.00 of revenue in the last 7 days/)).toBeVisible();
    await user.click(screen.getByRole("link", { name: "90 days" }));
    expect(await screen.findByText(/9,800.00 of revenue in the last 90 days/)).toBeVisible();
    expect(currentAddress()).toBe("/app?days=90");
    expect(screen.getByRole("link", { name: "90 days" })).toHaveAttribute("aria-current", "true");
    expect(asked).toContain("/users/analytics/timeseries?days=90");
    expect(asked).not.toContain("/orders/analytics/timeseries?days=30");
  });

  it("forecasts as preferred, with other options on request, and saves them as the default", async () => {
    const asked = recordRequests();
    let kept: unknown;
    server.use(
      http.put("/users/me/preferences", async ({ request }) => {
        kept = await request.json();
        return HttpResponse.json({});
      }),
    );
    await preferencesStore.adopt({ forecast: { days: 21, method: "linear", seasonality: "none", conf: "0.8" } });
    const user = open("/app");
    expect(await screen.findByText(/230.00 expected in the next 2 days/)).toBeVisible();
    expect(asked).toContain("/orders/analytics/forecast?days=21&method=linear&seasonality=none&conf=0.8");
    expect(screen.getByText("Forecast, 80% of days within the band")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Forecast" }));
    expect(screen.getByRole("button", { name: "Your default" })).toBeDisabled();
    await user.selectOptions(screen.getByLabelText("Method"), "hw");
    await waitFor(() => expect(asked).toContain("/orders/analytics/forecast?days=21&method=hw&seasonality=none&conf=0.8"));
    expect(currentAddress()).toBe("/app?method=hw");
    await user.click(screen.getByRole("button", { name: "Save as default" }));
    await waitFor(() =>
      expect(kept).toMatchObject({ preferences: { forecast: { days: 21, method: "hw", seasonality: "none", conf: "0.8" } } }),
    );
  });

  it("leads from an unusual day to its orders, in the chart and below it", async () => {
    const user = open("/app", { asAdmin: true });
    const links = await screen.findAllByRole("link", { name: "Orders on Mar 29, 2026, an unusual day: 900.00" });
    await waitFor(() => expect(document.querySelector("svg.recharts-surface a")).not.toBeNull());
    expect(links.length).toBeGreaterThan(0);
    const inChart = document.querySelector<SVGAElement>("svg.recharts-surface a");
    expect(inChart).toHaveAttribute("href", "/app/orders?created_from=2026-03-29&created_to=2026-03-29");
    if (inChart) await user.click(inChart);
    expect(await screen.findByRole("heading", { name: "Orders" })).toBeVisible();
    expect(currentAddress()).toBe("/app/orders?created_from=2026-03-29&created_to=2026-03-29");
    expect(await screen.findByLabelText("From")).toHaveValue("2026-03-29");
  });

  it("shows every chart as a table", async () => {
    const user = open("/app?days=7", { asAdmin: true });
    await user.click(await screen.findByRole("button", { name: "Revenue by day as a table" }));
    const table = within(await screen.findByRole("table", { name: "Revenue by day" }));
    expect(await table.findByRole("row", { name: "Apr 1, 2026 120.00 85.00 – 155.00" })).toBeVisible();
    expect(table.getByRole("row", { name: "Mar 31, 2026 100.00 so far 110.00 80.00 – 140.00" })).toBeVisible();
    expect(table.getByRole("link", { name: "Mar 29, 2026" })).toHaveAttribute(
      "href",
      "/app/orders?created_from=2026-03-29&created_to=2026-03-29",
    );
    await user.click(screen.getByRole("button", { name: "Sign-ups by day as a table" }));
    expect(await screen.findByRole("row", { name: "Mar 31, 2026 1" })).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Revenue by day as a chart" }));
    expect(screen.queryByRole("table", { name: "Revenue by day" })).not.toBeInTheDocument();
  });

  it("exports a chart as CSV and as SVG", async () => {
    const files: { name: string; content: Promise<string> }[] = [];
    const blobs: Blob[] = [];
    vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: (blob: Blob) => `blob:${blobs.push(blob)}`, revokeObjectURL: () => undefined }));
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      const content = blobs.at(-1)?.text();
      if (content) files.push({ name: this.download, content });
    });
    const user = open("/app?days=7", { asAdmin: true });
    await screen.findByText(/230.00 expected/);
    await waitFor(() => expect(document.querySelector("svg.recharts-surface a")).not.toBeNull());
    await user.click(screen.getByRole("button", { name: "Export: Revenue by day" }));
    await user.click(await screen.findByRole("menuitem", { name: "As CSV" }));
    await user.click(screen.getByRole("button", { name: "Export: Revenue by day" }));
    await user.click(await screen.findByRole("menuitem", { name: "As SVG" }));
    expect(files.map(({ name }) => name)).toEqual(["revenue.csv", "revenue.svg"]);
    expect((await files[0]?.content)?.split("\r\n").slice(5)).toEqual([
      "2026-03-29,900,,,,7.3",
      "2026-03-30,100,,,,",
      "2026-03-31,100,110,80,140,",
      "2026-04-01,,120,85,155,",
      "",
    ]);
    const drawing = new DOMParser().parseFromString((await files[1]?.content) ?? "", "image/svg+xml");
    expect(drawing.querySelector("parsererror")).toBeNull();
    expect(drawing.documentElement.getAttribute("viewBox")).toBe("0 0 640 256");
    expect(drawing.querySelector("title")?.textContent).toBe("Revenue by day");
    expect(drawing.querySelectorAll("path").length).toBeGreaterThan(2);
    expect(drawing.querySelectorAll("[class], [style], a")).toHaveLength(0);
  });

  it("shows the rest when one service is unavailable, and tries again", async () => {
    server.use(
      http.get("/inventory/analytics", () => problem(503, "Inventory does not answer."), { once: true }),
      http.get("/orders/analytics/forecast", () => problem(503, "Too much to do."), { once: true }),
    );
    const user = open("/app");
    const own = await card("Stock");
    expect(await own.findByText("Inventory does not answer.")).toBeVisible();
    await user.click(own.getByRole("button", { name: "Try again" }));
    expect(await own.findByText("1,500")).toBeVisible();
    const revenue = await card("Spent by day");
    expect(await revenue.findByText(/No forecast is available right now/)).toBeVisible();
    await user.click(revenue.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText(/230.00 expected/)).toBeVisible();
  });

  it("opens with a shortcut", async () => {
    const user = open("/app/orders");
    await screen.findByRole("row", { name: /ORD-001/ });
    await user.keyboard("gd");
    expect(await screen.findByRole("heading", { name: "Dashboard" })).toBeVisible();
    expect(screen.getAllByRole("link", { name: "Dashboard", current: "page" })[0]).toBeVisible();
  });

  it("updates as things happen", async () => {
    const stream = eventStream();
    server.use(http.get("/orders/events", () => stream.response));
    open("/app");
    const own = await card("Your orders");
    expect(await own.findByText("42")).toBeVisible();
    expect((await screen.findAllByText("Live"))[0]).toBeVisible();
    server.use(
      http.get("/orders/analytics", () => HttpResponse.json({ ...summary, total_orders: 43 })),
      http.get("/inventory/analytics", () => HttpResponse.json({ ...stock, total_quantity: 1498 })),
      http.get("/orders/analytics/timeseries", () => {
        const all = series(30);
        return HttpResponse.json({ ...all, series: all.series.map((day) => ({ ...day, revenue: 1 })) });
      }),
    );
    act(() => stream.emit({ ...created, id: 9 }));
    expect(await own.findByText("43")).toBeVisible();
    expect(own.getByText("43").closest(".animate-flash")).not.toBeNull();
    expect(await (await card("Stock")).findByText("1,498")).toBeVisible();
    expect(await screen.findByText(/30.00 spent in the last 30 days/)).toBeVisible();
  });

  it("has no forecast for a user without orders", async () => {
    server.use(
      http.get("/orders/analytics", () =>
        HttpResponse.json({ ...summary, total_orders: 0, total_revenue: "0.00", status_breakdown: {}, recent_orders: [] }),
      ),
      http.get("/orders/analytics/timeseries", () =>
        HttpResponse.json({ days: 30, series: series(30).series.map((day) => ({ ...day, orders: 0, revenue: 0 })) }),
      ),
      http.get("/orders/analytics/forecast", () => HttpResponse.json({ ...forecast, forecast: [], anomalies: [] })),
    );
    open("/app");
    expect(await screen.findByText("No orders yet.")).toBeVisible();
    expect((await card("Orders by status")).getByRole("link", { name: /Pending 0 0%/ })).toBeVisible();
  });
});
