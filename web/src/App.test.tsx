import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { currentAddress, open } from "../test/open";

describe("the application", () => {
  it.each(["/", "/app"])("goes from %s to the dashboard", async (path) => {
    open(path);
    expect(await screen.findByRole("heading", { name: "Dashboard" })).toBeVisible();
    expect(currentAddress()).toBe("/app");
  });

  it.each(["/nowhere", "/app/nowhere", "/app/orders/a/b"])("has a page for addresses that do not exist, such as %s", async (path) => {
    const user = open(path);
    expect(await screen.findByRole("heading", { name: "Page not found" })).toBeVisible();
    await user.click(screen.getByRole("link", { name: "Go to orders" }));
    expect(await screen.findByRole("heading", { name: "Orders" })).toHaveFocus();
  });

  it("shows the title of the page in the browser's tab", async () => {
    open("/app/orders");
    await screen.findByRole("heading", { name: "Orders" });
    expect(document.title).toBe("Orders · microdemo");
  });
});
