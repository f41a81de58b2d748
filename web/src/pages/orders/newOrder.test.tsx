import { screen, waitFor, within } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { currentAddress, open } from "../../../test/open";
import { cup, order, problem, server, tea } from "../../../test/server";

const picker = () => screen.findByRole("combobox", { name: "Add an item" });
const submit = () => screen.findByRole("button", { name: "Place order" });

async function pick(user: UserEvent, name: RegExp) {
  await user.click(await picker());
  await user.click(await screen.findByRole("option", { name }));
}

async function setQuantity(user: UserEvent, sku: string, quantity: string) {
  const field = screen.getByLabelText(`Quantity of ${sku}`);
  await user.clear(field);
  if (quantity) await user.type(field, quantity);
}

/** Gives the answers in turn, and records the requests. */
function receive(...answers: (() => Response)[]) {
  const requests: { key: string | null; body: unknown }[] = [];
  server.use(
    http.post("/orders/", async ({ request }) => {
      requests.push({ key: request.headers.get("Idempotency-Key"), body: await request.json() });
      return answers[requests.length - 1]?.() ?? HttpResponse.json({ ...order, id: "ORD-NEW" }, { status: 201 });
    }),
  );
  return requests;
}

describe("placing an order", () => {
  it("sends the lines with the prices that were seen, and shows the order", async () => {
    const requests = receive();
    const user = open("/app/new-order");
    await pick(user, /Green tea/);
    await setQuantity(user, "TEA-1", "2");
    await pick(user, /Cup/);
    await setQuantity(user, "CUP-1", "3");
    expect(screen.getByText("20.30")).toBeVisible();
    await user.click(await submit());
    expect(await screen.findByText("Order ORD-NEW has been placed.")).toBeVisible();
    expect(currentAddress()).toBe("/app/orders/ORD-NEW");
    expect(requests[0]?.key).toMatch(/^[0-9a-f]{32}$/);
    expect(requests[0]?.body).toEqual({
      items: [
        { sku: "TEA-1", quantity: 2, price: "10.00" },
        { sku: "CUP-1", quantity: 3, price: "0.10" },
      ],
    });
  });

  it("works by keyboard alone", async () => {
    const user = open("/app/new-order");
    (await picker()).focus();
    await user.keyboard("{ArrowDown}");
    await screen.findByRole("option", { name: /Green tea/ });
    await user.keyboard("{ArrowDown}{ArrowDown}{ArrowUp}");
    expect(await picker()).toHaveAttribute("aria-activedescendant", screen.getByRole("option", { name: /Green tea/ }).id);
    await user.keyboard("{Enter}");
    expect(screen.getByLabelText("Quantity of TEA-1")).toHaveValue(1);
    expect(await picker()).toHaveFocus();
    expect(await picker()).toHaveAttribute("aria-expanded", "false");
  });

  it("picks no other item than the marked one", async () => {
    let answer: (() => void) | undefined;
    const waiting = new Promise<void>((resolve) => (answer = resolve));
    server.use(
      http.get("/inventory/", async ({ request }) => {
        if (!new URL(request.url).searchParams.has("q")) return HttpResponse.json([tea, cup]);
        await waiting;
        return HttpResponse.json([cup]);
      }),
    );
    const user = open("/app/new-order");
    await user.click(await picker());
    await screen.findByRole("option", { name: /Green tea/ });
    await user.keyboard("c{ArrowDown}");
    expect(screen.getByRole("option", { name: /Green tea/ })).toHaveAttribute("aria-selected", "true");
    answer?.();
    await waitFor(() => expect(screen.queryByRole("option", { name: /Green tea/ })).not.toBeInTheDocument());
    await user.keyboard("{Enter}");
    expect(screen.queryByLabelText("Quantity of CUP-1")).not.toBeInTheDocument();
    await user.keyboard("{ArrowDown}{Enter}");
    expect(screen.getByLabelText("Quantity of CUP-1")).toBeVisible();
  });

  it("searches while typing", async () => {
    const asked: (string | null)[] = [];
    server.use(
      http.get("/inventory/", ({ request }) => {
        const q = new URL(request.url).searchParams.get("q");
        asked.push(q);
        return HttpResponse.json(q === "gr" ? [tea] : []);
      }),
    );
    const user = open("/app/new-order");
    await user.type(await picker(), "gr");
    expect(await screen.findByRole("option", { name: /Green tea/ })).toBeVisible();
    await user.type(await picker(), "x");
    expect(await screen.findByText("No SKU or name begins with “grx”.")).toBeVisible();
    expect(asked.at(-1)).toBe("grx");
    await user.keyboard("{Escape}");
    expect(await picker()).toHaveAttribute("aria-expanded", "false");
  });

  it("offers nothing that cannot be ordered", async () => {
    server.use(
      http.get("/inventory/", () => HttpResponse.json([tea, { ...tea, id: 8, sku: "B", qty: 0 }, { ...tea, id: 9, sku: "C", price: null }])),
    );
    const user = open("/app/new-order");
    await pick(user, /TEA-1/);
    await user.click(await picker());
    for (const name of [/TEA-1.*Chosen/, /B.*Out of stock/, /C.*No price/]) {
      const option = await screen.findByRole("option", { name });
      expect(option).toHaveAttribute("aria-disabled", "true");
      await user.click(option);
    }
    expect(within(screen.getByRole("list", { name: "Lines" })).getAllByRole("listitem")).toHaveLength(1);
  });

  it("checks the lines before it sends them", async () => {
    const requests = receive();
    const user = open("/app/new-order");
    await user.click(await submit());
    expect(await screen.findByText("Add at least one item.")).toBeVisible();
    await pick(user, /Green tea/);
    expect(screen.queryByText("Add at least one item.")).not.toBeInTheDocument();
    for (const wrong of ["", "0", "1.5", "10001"]) {
      await setQuantity(user, "TEA-1", wrong);
      await user.click(await submit());
      expect(await screen.findByText("Enter a whole number from 1 to 10,000.")).toBeVisible();
      expect(screen.getByLabelText("Quantity of TEA-1")).toBeInvalid();
    }
    await user.click(screen.getByRole("button", { name: "Remove TEA-1" }));
    expect(screen.queryByLabelText("Quantity of TEA-1")).not.toBeInTheDocument();
    expect(requests).toHaveLength(0);
  });

  it("shows a shortage at its line", async () => {
    receive(() =>
      problem(409, "There is not enough stock of CUP-1: 1 available, 5 requested.", [
        { location: "body.items[1].quantity", message: "There is not enough stock of CUP-1: 1 available, 5 requested" },
      ]),
    );
    const user = open("/app/new-order");
    await pick(user, /Green tea/);
    await pick(user, /Cup/);
    await setQuantity(user, "CUP-1", "5");
    await user.click(await submit());
    const field = screen.getByLabelText("Quantity of CUP-1");
    await waitFor(() => expect(field).toHaveAccessibleDescription(/1 available, 5 requested/));
    expect(field).toHaveFocus();
    expect(screen.getAllByText(/not enough stock/)).toHaveLength(1);

    await setQuantity(user, "CUP-1", "1");
    await user.click(await submit());
    expect(await screen.findByText("Order ORD-NEW has been placed.")).toBeVisible();
  });

  it("adopts a changed price, and asks again", async () => {
    const requests = receive(() =>
      problem(409, "The price of TEA-1 is 11.00.", [
        { location: "body.items[0].price", message: "The price of TEA-1 is 11.00", value: "11.00" },
      ]),
    );
    const user = open("/app/new-order");
    await pick(user, /Green tea/);
    await user.click(await submit());
    expect(await screen.findByText("The price of TEA-1 is 11.00")).toBeVisible();
    expect(screen.getAllByText("11.00").length).toBeGreaterThan(0);
    await user.click(await submit());
    expect(await screen.findByText("Order ORD-NEW has been placed.")).toBeVisible();
    expect(requests[1]?.body).toEqual({ items: [{ sku: "TEA-1", quantity: 1, price: "11.00" }] });
    expect(requests[1]?.key).not.toBe(requests[0]?.key);
  });

  it("retries with the same key when the service is unavailable", async () => {
    const requests = receive(() => problem(503, "Inventory does not answer."));
    const user = open("/app/new-order");
    await pick(user, /Green tea/);
    await user.click(await submit());
    expect(await screen.findByText("Inventory does not answer.")).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("Order ORD-NEW has been placed.")).toBeVisible();
    expect(requests[1]).toEqual(requests[0]);
  });
});
