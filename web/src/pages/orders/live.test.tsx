import { act, screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { open } from "../../../test/open";
import { created, eventStream, order, problem, server, summary } from "../../../test/server";

function listening() {
  const stream = eventStream();
  server.use(http.get("/orders/events", () => stream.response));
  return stream;
}
const isLive = async () => expect((await screen.findAllByText("Live"))[0]).toBeVisible();
const shipped = { ...created, id: 2, event_type: "status_changed" as const, old_value: "pending", new_value: "shipped", user_id: 1 };

describe("the list of orders", () => {
  it("counts the orders of each status, unless only some are looked for", async () => {
    const user = open("/app/orders");
    const tabs = within(await screen.findByRole("navigation", { name: "Status" }));
    expect(await tabs.findByRole("link", { name: "All 42" })).toBeVisible();
    expect(tabs.getByRole("link", { name: "Completed 20" })).toBeVisible();
    await user.type(screen.getByRole("searchbox"), "ORD");
    expect(await tabs.findByRole("link", { name: "Completed" })).toBeVisible();
  });

  it("updates an order that has changed, and flashes its row", async () => {
    const stream = listening();
    open("/app/orders");
    const row = await screen.findByRole("row", { name: /ORD-001/ });
    expect(row).not.toHaveClass("animate-flash");
    expect(await screen.findByRole("link", { name: "Shipped 5" })).toBeVisible();
    await isLive();
    server.use(
      http.get("/orders/", () =>
        HttpResponse.json([{ ...order, id: "ORD-002" }, { ...order, status: "shipped" }], { headers: { "X-Total-Count": "2" } }),
      ),
      http.get("/orders/analytics", () => HttpResponse.json({ ...summary, status_breakdown: { ...summary.status_breakdown, shipped: 6 } })),
    );
    act(() => stream.emit(shipped));
    await waitFor(() => expect(within(row).getByText("Shipped")).toBeVisible());
    expect(row).toHaveClass("animate-flash");
    expect(screen.getByRole("row", { name: /ORD-002/ })).toHaveClass("animate-flash");
    expect(await screen.findByRole("link", { name: "Shipped 6" })).toBeVisible();
    await waitFor(() => expect(row).not.toHaveClass("animate-flash"));
  });
});

describe("an order", () => {
  it("shows new events as they happen", async () => {
    const stream = listening();
    open("/app/orders/ORD-001");
    const timeline = within(await screen.findByRole("list", { name: "Timeline" }));
    expect(timeline.getAllByRole("listitem")).toHaveLength(1);
    await isLive();
    server.use(http.get("/orders/ORD-001", () => HttpResponse.json({ ...order, status: "shipped" })));
    act(() => stream.emit(shipped));
    expect(await timeline.findByText("Pending → Shipped")).toBeVisible();
    expect(await screen.findByText("Shipped")).toBeVisible();
    act(() => stream.emit(shipped));
    act(() => stream.emit({ ...created, order_id: "ORD-009", id: 3 }));
    expect(timeline.getAllByRole("listitem")).toHaveLength(2);
  });

  it("is not requested again once it is deleted", async () => {
    const stream = listening();
    open("/app/orders/ORD-001");
    const timeline = within(await screen.findByRole("list", { name: "Timeline" }));
    await isLive();
    let asked = false;
    server.use(
      http.get("/orders/ORD-001", () => {
        asked = true;
        return problem(404, "There is no order ORD-001.");
      }),
    );
    act(() => stream.emit({ ...created, id: 2, event_type: "deleted" }));
    expect(await timeline.findByText("Deleted")).toBeVisible();
    expect(asked).toBe(false);
  });

  it("says that it is reconnecting", async () => {
    const stream = listening();
    open("/app/orders/ORD-001");
    await isLive();
    server.use(http.get("/orders/events", () => problem(503, "Too many streams.")));
    act(() => stream.end());
    expect((await screen.findAllByText("Reconnecting …"))[0]).toBeVisible();
  });
});
