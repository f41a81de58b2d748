import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { currentAddress, open } from "../../../test/open";
import { bob, order, problem, server } from "../../../test/server";
import type { Delivery, Endpoint } from "../../types/orders";

const endpoint: Endpoint = {
  id: 1,
  url: "https://example.com/hooks",
  events: ["order.created", "order.status_changed", "order.updated", "order.deleted"],
  from_environment: false,
  enabled: true,
  disabled_reason: null,
  failing_since: null,
  created_at: "2026-01-02T15:04:05Z",
};
const gone: Endpoint = {
  ...endpoint,
  id: 2,
  url: "https://gone.example/hooks",
  events: ["order.created"],
  from_environment: true,
  enabled: false,
  disabled_reason: "The receiver answered 410.",
};
const parked: Delivery = {
  id: "msg_1_42",
  webhook_id: 1,
  event_id: 42,
  order_id: "ORD-001",
  type: "order.created",
  status: "parked",
  reason: "Given up after 15 attempts. The receiver answered 500.",
  attempts: 15,
  code: 500,
  ms: 12,
  next_try: null,
  created_at: "2026-01-02T15:04:06Z",
  delivered_at: null,
  log: [{ number: 15, at: "2026-01-03T15:04:05Z", code: 500, ms: 12, error: "The receiver answered 500." }],
};
const arrived: Delivery = {
  ...parked,
  id: "msg_1_43",
  event_id: 43,
  order_id: "ORD-002",
  type: "order.deleted",
  status: "delivered",
  reason: null,
  attempts: 1,
  code: 204,
  delivered_at: "2026-01-02T15:04:07Z",
};

const list = (rows: object[], headers: Record<string, string> = {}) =>
  HttpResponse.json(rows, { headers: { "X-Total-Count": String(rows.length), ...headers } });
const listEndpoints = (...rows: Endpoint[]) => server.use(http.get("/orders/webhooks", () => list(rows)));

describe("the webhooks", () => {
  it("are requested by administrators only", async () => {
    let asked = false;
    server.use(
      http.get("/orders/webhooks", () => {
        asked = true;
        return problem(403, "Not yours.");
      }),
    );
    const user = open("/app/webhooks");
    expect(await screen.findByText("You do not have access")).toBeVisible();
    expect(screen.queryByRole("link", { name: "Webhooks" })).not.toBeInTheDocument();
    await user.keyboard("go");
    await user.click(await screen.findByRole("link", { name: "ORD-001" }));
    expect(await screen.findByRole("heading", { name: "Order ORD-001" })).toBeVisible();
    await user.keyboard("gw");
    expect(currentAddress()).toBe("/app/orders/ORD-001");
    expect(screen.queryByRole("button", { name: "Change" })).not.toBeInTheDocument();
    expect(asked).toBe(false);
  });

  it("show their state, and lead to their deliveries", async () => {
    listEndpoints(endpoint, gone);
    server.use(http.get("/orders/webhooks/1/deliveries", () => list([arrived])));
    const user = open("/app/settings", { asAdmin: true });
    expect(await screen.findByRole("link", { name: "Webhooks" })).toBeVisible();
    await user.keyboard("gw");
    const row = within(await screen.findByRole("row", { name: /gone\.example/ }));
    expect(row.getByText("Disabled")).toBeVisible();
    expect(row.getByText("The receiver answered 410.")).toBeVisible();
    expect(row.getByText("order.created · from the environment")).toBeVisible();
    await user.click(row.getByRole("button", { name: /^Actions for/ }));
    expect(await screen.findByRole("menuitem", { name: "Send a test" })).toBeVisible();
    expect(screen.queryByRole("menuitem", { name: "Delete webhook" })).not.toBeInTheDocument();
    await user.keyboard("{Escape}");
    await user.click(screen.getByRole("link", { name: "https://example.com/hooks" }));
    expect(await screen.findByRole("row", { name: /order\.deleted/ })).toBeVisible();
    expect(currentAddress()).toBe("/app/webhooks/1");
  });

  it("are created, with a secret that is shown once", async () => {
    const sent: unknown[] = [];
    server.use(
      http.post("/orders/webhooks", async ({ request }) => {
        sent.push(await request.json());
        if (sent.length === 1) {
          return problem(422, "The url is not allowed.", [{ location: "body.url", message: "private addresses are not taken" }]);
        }
        listEndpoints(endpoint);
        return HttpResponse.json({ ...endpoint, secret: "whsec_once" }, { status: 201 });
      }),
    );
    const user = open("/app/webhooks", { asAdmin: true });
    await user.click(await screen.findByRole("button", { name: "Add the first webhook" }));
    const dialog = within(await screen.findByRole("dialog"));
    await user.click(dialog.getByRole("button", { name: "Create webhook" }));
    expect(await dialog.findByText("Enter an address such as https://example.com/hooks.")).toBeVisible();
    await user.type(dialog.getByLabelText("Address"), "https://example.com/hooks");
    await user.click(dialog.getByRole("button", { name: "Create webhook" }));
    expect(await dialog.findByText("Private addresses are not taken")).toBeVisible();
    expect(sent).toEqual([{ url: "https://example.com/hooks" }]);

    for (const name of [/^Its status changes/, /^It gets another buyer/, /^It is deleted/, /^An order is placed/]) {
      await user.click(dialog.getByRole("checkbox", { name }));
    }
    await user.click(dialog.getByRole("button", { name: "Create webhook" }));
    expect(await dialog.findByText("Choose at least one event.")).toBeVisible();
    await user.click(dialog.getByRole("checkbox", { name: /^An order is placed/ }));
    await user.click(dialog.getByRole("button", { name: "Create webhook" }));
    expect(await screen.findByText("whsec_once")).toBeVisible();
    expect(sent[1]).toEqual({ url: "https://example.com/hooks", events: ["order.created"] });
    await user.click(screen.getByRole("button", { name: "I have copied it" }));
    expect(screen.queryByText("whsec_once")).not.toBeInTheDocument();
    expect(await screen.findByRole("link", { name: "https://example.com/hooks" })).toBeVisible();
  });

  it("show the outcome of a test", async () => {
    listEndpoints(gone);
    const results = [
      { delivered: false, code: 500, ms: 31, error: "The receiver answered 500.", id: "msg_test_1" },
      { delivered: true, code: 204, ms: 12, error: null, id: "msg_test_2" },
    ];
    server.use(http.post("/orders/webhooks/2/test", () => HttpResponse.json(results.shift())));
    const user = open("/app/webhooks", { asAdmin: true });
    await user.click(await screen.findByRole("button", { name: /^Actions for/ }));
    await user.click(await screen.findByRole("menuitem", { name: "Send a test" }));
    const dialog = within(await screen.findByRole("dialog"));
    const alert = await dialog.findByRole("alert");
    expect(alert).toHaveTextContent("It did not arrive.The receiver answered 500.500 · 31 ms");
    await user.click(dialog.getByRole("button", { name: "Test again" }));
    expect(await dialog.findByText("It has arrived.")).toBeVisible();
    expect(dialog.getByText(/active again/)).toBeVisible();
  });

  it("are deleted after a confirmation", async () => {
    listEndpoints(endpoint);
    server.use(
      http.get("/orders/webhooks/1/deliveries", () => list([])),
      http.delete("/orders/webhooks/1", () => {
        listEndpoints();
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const user = open("/app/webhooks/1", { asAdmin: true });
    await user.click(await screen.findByRole("button", { name: "Delete webhook" }));
    const dialog = within(await screen.findByRole("alertdialog"));
    await user.click(dialog.getByRole("button", { name: "Delete webhook" }));
    expect(await screen.findByText("No webhooks yet")).toBeVisible();
    expect(currentAddress()).toBe("/app/webhooks");
  });

  it("that do not exist say so", async () => {
    open("/app/webhooks/9", { asAdmin: true });
    expect(await screen.findByText("There is no such webhook. It may have been deleted.")).toBeVisible();
  });
});

describe("the deliveries", () => {
  it("are paged, filtered, shown and sent again", async () => {
    listEndpoints(endpoint);
    let redelivered = false;
    server.use(
      http.get("/orders/webhooks/1/deliveries", ({ request }) => {
        const query = new URL(request.url).searchParams;
        if (query.get("parked") === "true") return list(redelivered ? [] : [parked]);
        if (query.get("cursor") === "two") return list([parked]);
        return list([arrived], { Link: '</orders/webhooks/1/deliveries?cursor=two>; rel="next"' });
      }),
      http.post("/orders/webhooks/deliveries/msg_1_42/redeliver", () => {
        redelivered = true;
        return HttpResponse.json({ ...parked, status: "pending" }, { status: 202 });
      }),
    );
    const user = open("/app/webhooks/1", { asAdmin: true });
    expect(await screen.findByRole("row", { name: /order\.deleted.*Delivered.*204 · 12 ms/ })).toBeVisible();
    await user.click(screen.getByRole("link", { name: "Next" }));
    expect(await screen.findByRole("row", { name: /order\.created.*Given up.*500 · 12 ms/ })).toBeVisible();
    await user.click(screen.getByRole("link", { name: "Given up" }));
    expect(currentAddress()).toBe("/app/webhooks/1?parked=true");
    await user.click(await screen.findByRole("button", { name: "order.created of ORD-001" }));
    const dialog = within(await screen.findByRole("dialog"));
    expect(dialog.getByText("Given up after 15 attempts. The receiver answered 500.")).toBeVisible();
    expect(dialog.getByText("15 attempts")).toBeVisible();
    expect(dialog.getByText(/^Attempt 15/)).toBeVisible();
    await user.click(dialog.getByRole("button", { name: "Send again" }));
    expect(await screen.findByText("msg_1_42 is on its way again.")).toBeVisible();
    await user.click(dialog.getByRole("button", { name: "Close" }));
    expect(await screen.findByText("Nothing matches")).toBeVisible();
  });

  it("show why they cannot be sent again", async () => {
    listEndpoints(endpoint);
    server.use(
      http.get("/orders/webhooks/1/deliveries", () => list([parked])),
      http.post("/orders/webhooks/deliveries/msg_1_42/redeliver", () => problem(409, "An earlier delivery of the same order comes first.")),
    );
    const user = open("/app/webhooks/1", { asAdmin: true });
    await user.click(await screen.findByRole("button", { name: "Send order.created of ORD-001 again" }));
    expect(await screen.findByText("An earlier delivery of the same order comes first.")).toBeVisible();
  });

  it("appear on the page of their order", async () => {
    listEndpoints(endpoint, gone);
    server.use(
      http.get("/orders/ORD-001/deliveries", () => list([parked], { Link: '</x?cursor=y>; rel="next"', "X-Total-Count": "7" })),
    );
    open("/app/orders/ORD-001", { asAdmin: true });
    const deliveries = within(await screen.findByRole("list", { name: "Webhook deliveries" }));
    expect(deliveries.getAllByRole("listitem")).toHaveLength(1);
    expect(deliveries.getByText("order.created")).toBeVisible();
    expect(deliveries.getByRole("button", { name: "Send order.created of https://example.com/hooks again" })).toBeVisible();
    expect(screen.getByText("The latest 1 of 7 deliveries.")).toBeVisible();
  });
});

describe("the buyer of an order", () => {
  it("is changed by administrators after a confirmation", async () => {
    let sent: unknown;
    const eve = { ...bob, id: 3, name: "Eve", email: "eve@example.com" };
    server.use(
      http.get("/users/", () => list([bob, eve])),
      http.put("/orders/ORD-001", async ({ request }) => {
        sent = await request.json();
        server.use(
          http.get("/orders/:id", () => HttpResponse.json({ ...order, user_id: 3 })),
          http.get("/users/:id", () => HttpResponse.json(eve)),
          http.get("/orders/webhooks", () => list([])),
        );
        return HttpResponse.json({ ...order, user_id: 3 });
      }),
    );
    const user = open("/app/orders/ORD-001", { asAdmin: true });
    await user.click(await screen.findByRole("button", { name: "Change" }));
    await user.type(await screen.findByRole("combobox", { name: "New buyer" }), "e");
    expect(await screen.findByRole("option", { name: /Bob.*Chosen/ })).toHaveAttribute("aria-disabled", "true");
    await user.click(await screen.findByRole("option", { name: /Eve/ }));
    const dialog = within(await screen.findByRole("alertdialog", { name: "Give this order to Eve?" }));
    await user.click(dialog.getByRole("button", { name: "Change buyer" }));
    expect(await screen.findByText("Order ORD-001 now belongs to Eve.")).toBeVisible();
    expect(sent).toEqual({ user_id: 3 });
    expect(await screen.findByRole("link", { name: "eve@example.com" })).toBeVisible();
    await waitFor(() => expect(screen.queryByRole("combobox")).not.toBeInTheDocument());
  });
});
