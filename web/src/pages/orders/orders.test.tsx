import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { currentAddress, open } from "../../../test/open";
import { created, order, problem, server } from "../../../test/server";

async function askToCancel(user: UserEvent) {
  await user.click(await screen.findByRole("button", { name: "Actions for ORD-001" }));
  await user.click(await screen.findByRole("menuitem", { name: "Cancel order" }));
}

describe("the list of orders", () => {
  it("shows each with its status and total, and opens it", async () => {
    const user = open("/app/orders");
    const row = await screen.findByRole("row", { name: /ORD-001/ });
    expect(within(row).getByText("Pending")).toBeVisible();
    expect(within(row).getByText("20.00")).toBeVisible();
    expect(within(row).getByText("2 × TEA-1")).toBeVisible();
    expect(screen.queryByRole("columnheader", { name: "Buyer" })).not.toBeInTheDocument();
    await user.click(within(row).getByRole("link", { name: "ORD-001" }));
    expect(await screen.findByRole("heading", { name: "Order ORD-001" })).toBeVisible();
  });

  it("pages to older orders and back, by cursor", async () => {
    server.use(
      http.get("/orders/", ({ request }) => {
        const query = new URL(request.url).searchParams;
        expect(query.get("limit")).toBe("20");
        const cursor = query.get("cursor");
        if (cursor === "two") return HttpResponse.json([{ ...order, id: "OLD" }], { headers: { "X-Total-Count": "2" } });
        const link = '</orders/?cursor=two&limit=20>; rel="next"';
        return HttpResponse.json([{ ...order, id: "NEW" }], { headers: { "X-Total-Count": "2", Link: link } });
      }),
    );
    const user = open("/app/orders");
    expect((await screen.findAllByText("2 results"))[0]).toBeVisible();
    expect(screen.getByRole("button", { name: "Previous" })).toBeDisabled();
    await user.click(await screen.findByRole("link", { name: "Next" }));
    expect(await screen.findByRole("row", { name: /OLD/ })).toBeVisible();
    expect(currentAddress()).toBe("/app/orders?cursor=two");
    expect(screen.getByRole("button", { name: "Next" })).toBeDisabled();
    await user.click(screen.getByRole("link", { name: "Previous" }));
    expect(await screen.findByRole("row", { name: /NEW/ })).toBeVisible();
    expect(currentAddress()).toBe("/app/orders");
  });

  it("leads out of an address that the server does not understand", async () => {
    const asked: string[] = [];
    server.use(
      http.get("/orders/", ({ request }) => {
        const { searchParams } = new URL(request.url);
        asked.push(searchParams.toString());
        return searchParams.has("cursor")
          ? problem(422, "No such page.", [{ location: "query.cursor", message: "expected a cursor" }])
          : HttpResponse.json([order], { headers: { "X-Total-Count": "1" } });
      }),
    );
    const user = open("/app/orders?cursor=zzz&status=xyz&created_from=2026-02-31&sort=foo");
    await user.click(await screen.findByRole("link", { name: "Back to the first page" }));
    expect(await screen.findByRole("row", { name: /ORD-001/ })).toBeVisible();
    expect(asked).toEqual(["limit=20&cursor=zzz", "limit=20"]);
  });

  it("sorts by a column, from the first page on", async () => {
    const asked: (string | null)[] = [];
    server.use(
      http.get("/orders/", ({ request }) => {
        asked.push(new URL(request.url).searchParams.get("sort"));
        return HttpResponse.json([order], { headers: { "X-Total-Count": "1" } });
      }),
    );
    const user = open("/app/orders?status=pending&cursor=two");
    const heading = (name: string) => screen.findByRole("columnheader", { name });
    const sort = async (name: string) => user.click(within(await heading(name)).getByRole("link", { name }));
    expect(await heading("Placed")).toHaveAttribute("aria-sort", "descending");
    await sort("Total");
    expect(currentAddress()).toBe("/app/orders?status=pending&sort=-total");
    expect(await heading("Total")).toHaveAttribute("aria-sort", "descending");
    expect(await heading("Placed")).not.toHaveAttribute("aria-sort");
    await sort("Total");
    expect(await heading("Total")).toHaveAttribute("aria-sort", "ascending");
    await sort("Placed");
    await sort("Placed");
    expect(await heading("Placed")).toHaveAttribute("aria-sort", "ascending");
    expect(asked).toEqual([null, "-total", "total", "-created_at", "created_at"]);
  });

  it("offers no sorting that would be refused", async () => {
    server.use(http.get("/orders/", () => HttpResponse.json([order], { headers: { "X-Total-Count": "10000+" } })));
    open("/app/orders");
    const heading = (name: string) => within(screen.getByRole("columnheader", { name }));
    await screen.findByRole("row", { name: /ORD-001/ });
    expect(heading("Placed").getByRole("link")).toBeVisible();
    expect(heading("Total").queryByRole("link")).not.toBeInTheDocument();
  });

  it("leads back when there are too many to sort", async () => {
    server.use(
      http.get("/orders/", ({ request }) =>
        new URL(request.url).searchParams.has("sort")
          ? problem(422, "query.sort: expected at most 10000 orders to sort.", [{ location: "query.sort", message: "expected …" }])
          : HttpResponse.json([order]),
      ),
    );
    const user = open("/app/orders?sort=total");
    expect(await screen.findByText("Too many to sort")).toBeVisible();
    await user.click(screen.getByRole("link", { name: "Remove sorting" }));
    expect(await screen.findByRole("row", { name: /ORD-001/ })).toBeVisible();
  });

  it("invites to order when there is none", async () => {
    server.use(http.get("/orders/", () => HttpResponse.json([], { headers: { "X-Total-Count": "0" } })));
    const user = open("/app/orders");
    await user.click(await screen.findByRole("link", { name: "Place your first order" }));
    expect(await screen.findByRole("heading", { name: "Place an order" })).toBeVisible();
  });

  it("offers to try again when the service is unavailable", async () => {
    server.use(http.get("/orders/", () => problem(503, "Orders does not answer."), { once: true }));
    const user = open("/app/orders");
    expect(await screen.findByText("Loading orders")).toBeInTheDocument();
    expect(await screen.findByText("Orders does not answer.")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("row", { name: /ORD-001/ })).toBeVisible();
  });

  it("cancels an order after a confirmation", async () => {
    let sent: unknown;
    server.use(
      http.put("/orders/ORD-001", async ({ request }) => {
        sent = await request.json();
        server.use(http.get("/orders/", () => HttpResponse.json([{ ...order, status: "cancelled" }])));
        return HttpResponse.json({ ...order, status: "cancelled" });
      }),
    );
    const user = open("/app/orders");
    await askToCancel(user);
    await user.click(await screen.findByRole("button", { name: "Keep order" }));
    expect(screen.queryByRole("alertdialog")).not.toBeInTheDocument();
    expect(sent).toBeUndefined();

    await askToCancel(user);
    await user.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Cancel order" }));
    expect(await screen.findByText("Order ORD-001 has been cancelled.")).toBeVisible();
    expect(await within(screen.getByRole("table")).findByText("Cancelled")).toBeVisible();
    expect(sent).toEqual({ status: "cancelled" });
    expect(screen.queryByRole("alertdialog")).not.toBeInTheDocument();
    expect(screen.getByRole("heading", { name: "Orders" })).toHaveFocus();
  });

  it("shows why an order cannot be cancelled", async () => {
    server.use(http.put("/orders/ORD-001", () => problem(409, "An order that is completed cannot become cancelled.")));
    const user = open("/app/orders");
    await askToCancel(user);
    await user.click(screen.getByRole("button", { name: "Cancel order" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("An order that is completed cannot become cancelled.");
  });
});

describe("an order", () => {
  it("has no page at the addresses where the API answers something else", async () => {
    // The test server fails requests that it does not know.
    open("/app/orders/webhooks", { asAdmin: true });
    expect(await screen.findByRole("heading", { name: "Not found" })).toBeVisible();
  });

  it("shows its lines and what happened to it", async () => {
    server.use(
      http.get("/orders/:id/timeline", () =>
        HttpResponse.json([
          created,
          { ...created, id: 2, event_type: "status_changed", old_value: "pending", new_value: "processing", user_id: 1 },
          { ...created, id: 3, event_type: "imported", description: "Imported", user_id: null },
        ]),
      ),
    );
    open("/app/orders/ORD-001");
    expect(await screen.findByRole("row", { name: "TEA-1 2 10.00 20.00" })).toBeVisible();
    expect(screen.getByRole("row", { name: "Total 20.00" })).toBeVisible();
    const timeline = await screen.findByRole("list", { name: "Timeline" });
    const events = within(timeline).getAllByRole("listitem");
    await waitFor(() => expect(events[0]).toHaveTextContent(/Order placed.*by you/));
    expect(events[1]).toHaveTextContent(/Pending → Processing.*by somebody else/);
    expect(events[2]).not.toHaveTextContent("by");
  });

  it("can be cancelled there", async () => {
    const cancelled = { ...order, status: "cancelled" };
    server.use(
      http.put("/orders/ORD-001", () => {
        server.use(http.get("/orders/:id", () => HttpResponse.json(cancelled)));
        return HttpResponse.json(cancelled);
      }),
    );
    const user = open("/app/orders/ORD-001");
    await user.click(await screen.findByRole("button", { name: "Cancel order" }));
    await user.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Cancel order" }));
    expect(await screen.findByText("Cancelled")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Cancel order" })).not.toBeInTheDocument();
  });

  it.each(["delivered", "completed", "cancelled"])("cannot be cancelled when it is %s", async (status) => {
    server.use(http.get("/orders/:id", () => HttpResponse.json({ ...order, status })));
    open("/app/orders/ORD-001");
    expect(await screen.findByText(status, { exact: false, selector: "h1 + div *" })).toBeVisible();
    expect(screen.queryByRole("button", { name: "Cancel order" })).not.toBeInTheDocument();
  });

  it.each([
    [404, "Not found"],
    [403, "You do not have access"],
  ])("that answers %i leads back to the list", async (status, title) => {
    server.use(http.get("/orders/:id", () => problem(status, "There is no order ORD-9.")));
    const user = open("/app/orders/ORD-9");
    expect(await screen.findByText(title)).toBeVisible();
    expect(screen.getByText("There is no order ORD-9.")).toBeVisible();
    await user.click(screen.getByRole("link", { name: "Go to orders" }));
    expect(await screen.findByRole("heading", { name: "Orders" })).toBeVisible();
  });

  it("is shown even when its timeline is not available", async () => {
    server.use(http.get("/orders/:id/timeline", () => problem(503, "Away."), { once: true }));
    const user = open("/app/orders/ORD-001");
    expect(await screen.findByRole("row", { name: /TEA-1/ })).toBeVisible();
    await user.click(await screen.findByRole("button", { name: "Try again" }));
    expect(await screen.findByText("Order placed")).toBeVisible();
  });
});

describe("a change of an order", () => {
  it("moves one step on a double click, not two", async () => {
    const asked: unknown[] = [];
    server.use(
      http.put("/orders/ORD-001", async ({ request }) => {
        asked.push(await request.json());
        server.use(http.get("/orders/:id", () => HttpResponse.json({ ...order, status: "processing" })));
        return HttpResponse.json({ ...order, status: "processing" });
      }),
    );
    open("/app/orders/ORD-001", { asAdmin: true });
    fireEvent.click(await screen.findByRole("button", { name: "Start processing" }), { detail: 1 });
    fireEvent.click(await screen.findByRole("button", { name: "Mark as shipped" }), { detail: 2 });
    expect(await screen.findByText("Order ORD-001 is now: Processing.")).toBeVisible();
    expect(asked).toEqual([{ status: "processing" }]);
  });

  it.each([
    ["pending", "Start processing", ["Complete", "Cancel order", "Delete order"]],
    ["shipped", "Mark as delivered", ["Complete", "Cancel order", "Delete order"]],
    ["delivered", "Complete", ["Delete order"]],
    ["cancelled", "Reopen", ["Delete order"]],
  ])("can be chosen by administrators, as far as it is legal: %s", async (status, next, others) => {
    server.use(http.get("/orders/:id", () => HttpResponse.json({ ...order, status })));
    const user = open("/app/orders/ORD-001", { asAdmin: true });
    expect(await screen.findByRole("button", { name: next })).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Actions" }));
    const offered = (await screen.findAllByRole("menuitem")).map((one) => one.textContent);
    expect(offered).toEqual(expect.arrayContaining(others));
    expect(offered.filter((name) => ["Complete", "Cancel order", "Reopen", "Mark as shipped"].includes(name))).toEqual(
      others.filter((name) => name !== "Delete order"),
    );
  });

  it("is sent at once if it can be undone, and confirmed by a notification", async () => {
    let sent: unknown;
    server.use(
      http.put("/orders/ORD-001", async ({ request }) => {
        sent = await request.json();
        server.use(http.get("/orders/:id", () => HttpResponse.json({ ...order, status: "processing" })));
        return HttpResponse.json({ ...order, status: "processing" });
      }),
    );
    const user = open("/app/orders/ORD-001", { asAdmin: true });
    await user.click(await screen.findByRole("button", { name: "Start processing" }));
    expect(await screen.findByText("Order ORD-001 is now: Processing.")).toBeVisible();
    expect(sent).toEqual({ status: "processing" });
    expect(await screen.findByRole("button", { name: "Mark as shipped" })).toBeVisible();
  });

  it("can be its deletion, which leads back to the list", async () => {
    let deleted = 0;
    server.use(
      http.delete("/orders/ORD-001", () => {
        deleted++;
        return deleted === 1 ? problem(503, "Inventory does not answer.") : new HttpResponse(null, { status: 204 });
      }),
    );
    const user = open("/app/orders/ORD-001");
    await user.click(await screen.findByRole("button", { name: "Actions" }));
    await user.click(await screen.findByRole("menuitem", { name: "Delete order" }));
    const dialog = within(await screen.findByRole("alertdialog"));
    expect(dialog.getByText("Its items go back on sale.")).toBeVisible();
    await user.click(dialog.getByRole("button", { name: "Delete order" }));
    expect(await dialog.findByText("Inventory does not answer.")).toBeVisible();
    await user.click(dialog.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("Order ORD-001 has been deleted.")).toBeVisible();
    expect(await screen.findByRole("heading", { name: "Orders" })).toBeVisible();
    expect(deleted).toBe(2);
  });
});
