import { screen, waitFor } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { currentAddress, open } from "../../../test/open";
import { order, server } from "../../../test/server";

describe("the command palette", () => {
  it("goes to a page by its name", async () => {
    const user = open("/app/orders");
    await screen.findByRole("row", { name: /ORD-001/ });
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByRole("combobox", { name: "Command palette" }), "inven{Enter}");
    expect(await screen.findByRole("heading", { name: "Inventory" })).toBeVisible();
    expect(screen.queryByRole("combobox", { name: "Command palette" })).not.toBeInTheDocument();
  });

  it("finds an order, and opens it with the arrows", async () => {
    server.use(
      http.get("/orders/", ({ request }) => {
        const q = new URL(request.url).searchParams.get("q");
        return HttpResponse.json(q === "ORD-7" ? [{ ...order, id: "ORD-77" }] : [order]);
      }),
    );
    const user = open("/app/orders");
    await screen.findByRole("row", { name: /ORD-001/ });
    await user.keyboard("{Meta>}k{/Meta}");
    await user.type(await screen.findByRole("combobox", { name: "Command palette" }), "ORD-7");
    const found = await screen.findByRole("option", { name: /ORD-77/ });
    while (found.getAttribute("aria-selected") !== "true") await user.keyboard("{ArrowUp}");
    await user.keyboard("{Enter}");
    await waitFor(() => expect(currentAddress()).toBe("/app/orders/ORD-77"));
  });

  it("offers administrators' pages to administrators only", async () => {
    const user = open("/app/orders");
    await screen.findByRole("row", { name: /ORD-001/ });
    await user.keyboard("{Control>}k{/Control}");
    expect(await screen.findByRole("option", { name: "Settings" })).toBeVisible();
    expect(screen.queryByRole("option", { name: "Users" })).not.toBeInTheDocument();
  });
});

describe("the shortcuts", () => {
  it("lead to pages, and to the search", async () => {
    const user = open("/app/orders");
    await screen.findByRole("row", { name: /ORD-001/ });
    await user.keyboard("gi");
    expect(await screen.findByRole("heading", { name: "Inventory" })).toBeVisible();
    await user.keyboard("/");
    expect(screen.getByRole("searchbox")).toHaveFocus();
    await user.keyboard("n"); // goes into the search
    expect(screen.getByRole("searchbox")).toHaveValue("n");
    await user.tab();
    await user.keyboard("n");
    expect(await screen.findByRole("heading", { name: "Place an order" })).toBeVisible();
  });

  it("do not lead to pages that are forbidden", async () => {
    const user = open("/app/orders");
    await screen.findByRole("row", { name: /ORD-001/ });
    await user.keyboard("gu");
    expect(currentAddress()).toBe("/app/orders");
  });

  it("are listed by ?, and do nothing while the page is covered", async () => {
    const user = open("/app/orders");
    await screen.findByRole("row", { name: /ORD-001/ });
    await user.keyboard("?");
    expect(await screen.findByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
    await user.keyboard("n");
    expect(currentAddress()).toBe("/app/orders");
    await user.click(screen.getByRole("button", { name: "Close" }));
    // The palette is still being loaded when the next key is pressed.
    await user.keyboard("{Control>}k{/Control}n");
    expect(await screen.findByRole("combobox", { name: "Command palette" })).toBeVisible();
    expect(currentAddress()).toBe("/app/orders");
  });
});
