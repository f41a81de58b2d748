import { screen, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { currentAddress, open } from "../../../test/open";
import { problem, server, tea } from "../../../test/server";

describe("the inventory", () => {
  it("shows stock and price, and filters by low stock", async () => {
    const asked: (string | null)[] = [];
    server.use(
      http.get("/inventory/", ({ request }) => {
        asked.push(new URL(request.url).searchParams.get("low_stock"));
        return HttpResponse.json([tea], { headers: { "X-Total-Count": "1" } });
      }),
    );
    const user = open("/app/inventory");
    const row = await screen.findByRole("row", { name: /Green tea/ });
    expect(within(row).getByRole("img")).toHaveAccessibleName("12 available, 0 allocated, reorder point 5");
    expect(within(row).getByText("10.00")).toBeVisible();
    expect(screen.queryByRole("button", { name: "New item" })).not.toBeInTheDocument();
    await user.click(screen.getByRole("link", { name: "Low stock" }));
    await screen.findByRole("row", { name: /Green tea/ });
    expect(currentAddress()).toBe("/app/inventory?low_stock=true");
    expect(asked).toEqual([null, "true"]);
  });

  it("adjusts with a reason, once, however often it is sent", async () => {
    const sent: { key: string | null; body: unknown }[] = [];
    server.use(
      http.post("/inventory/1/adjustments", async ({ request }) => {
        sent.push({ key: request.headers.get("Idempotency-Key"), body: await request.json() });
        return sent.length === 1 ? problem(503, "Away.") : HttpResponse.json({ ...tea, qty: 9 });
      }),
    );
    const user = open("/app/inventory/1", { asAdmin: true });
    await user.click(await screen.findByRole("button", { name: "Adjust stock" }));
    const dialog = within(await screen.findByRole("dialog"));
    await user.type(dialog.getByLabelText("Change"), "-3");
    await user.type(dialog.getByLabelText("Reason"), "broken");
    expect(dialog.getByText("Afterwards: 9 available")).toBeVisible();
    await user.click(dialog.getByRole("button", { name: "Adjust stock" }));
    await user.click(await dialog.findByRole("button", { name: "Try again" }));
    expect(await screen.findByText("TEA-1: 9 available now.")).toBeVisible();
    expect(sent[0]?.body).toEqual({ delta: -3, reason: "broken" });
    expect(sent[1]).toEqual(sent[0]);
  });

  it("shows the new values when someone else has changed an item", async () => {
    const tags: (string | null)[] = [];
    let sent: unknown;
    server.use(
      http.put("/inventory/1", async ({ request }) => {
        tags.push(request.headers.get("If-Match"));
        sent = await request.json();
        if (tags.length > 1) return HttpResponse.json(tea);
        server.use(
          http.get("/inventory/:id", () => HttpResponse.json({ ...tea, name: "Black tea", price: "9.00" }, { headers: { ETag: '"2"' } })),
        );
        return problem(409, "The item has changed.");
      }),
    );
    const user = open("/app/inventory/1", { asAdmin: true });
    await user.click(await screen.findByRole("button", { name: "Actions" }));
    await user.click(await screen.findByRole("menuitem", { name: "Edit" }));
    const dialog = within(await screen.findByRole("dialog"));
    await user.type(await dialog.findByLabelText("Name (optional)"), "!");
    await user.click(dialog.getByRole("button", { name: "Save changes" }));
    expect(await dialog.findByText(/Someone else changed this item in the meantime: Name, Price/)).toBeVisible();
    expect(dialog.getByLabelText("Name (optional)")).toHaveValue("Green tea!");
    expect(dialog.getByText("It is now: Black tea")).toBeVisible();
    expect(dialog.getByLabelText("Price (optional)")).toHaveValue("9.00");
    await user.click(dialog.getByRole("button", { name: "Save changes" }));
    expect(await screen.findByText("TEA-1 has been saved.")).toBeVisible();
    expect(tags).toEqual(['"1"', '"2"']);
    expect(sent).toEqual({ name: "Green tea!" });
  });

  it("shows an item's ledger to administrators", async () => {
    open("/app/inventory/1", { asAdmin: true });
    const row = await screen.findByRole("row", { name: /Reserved by an order/ });
    expect(within(row).getByRole("link", { name: "ORD-001" })).toHaveAttribute("href", "/app/orders/ORD-001");
    expect(within(row).getByText("-2")).toBeVisible();
    expect(within(row).getByRole("cell", { name: "You" })).toBeVisible();
  });

  it("requests no ledger for other users", async () => {
    let asked = false;
    server.use(
      http.get("/inventory/:id/movements", () => {
        asked = true;
        return problem(403, "Not yours.");
      }),
    );
    open("/app/inventory/1");
    expect(await screen.findByRole("heading", { name: "Green tea" })).toBeVisible();
    expect(asked).toBe(false);
  });
});
