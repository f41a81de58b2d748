import type { Page } from "playwright-core";
import { expect } from "vitest";
import { expectFocusSeen, gone, journey, newcomer, newItem, settled, shown, notified } from "./console";

/** Puts an item into a new order. */
async function pick(page: Page, sku: string) {
  await page.getByLabel("Add an item").fill(sku);
  await page.getByRole("option", { name: sku }).click();
}

const available = (page: Page) => page.locator("dl > div", { hasText: "Available" }).getByRole("definition");

journey("a user orders, sees it in their list, and cancels it", async (open) => {
  await newItem({ sku: "E2E-LAMP", name: "Lamp", qty: 9, price: "12.50" });
  const page = await open("/app/orders", { as: await newcomer("Uma") });
  await page.getByRole("link", { name: "Place your first order" }).click();
  await settled(page, "Place an order");
  await gone(page.getByLabel("Buyer"));
  await pick(page, "E2E-LAMP");
  await page.getByLabel("Quantity of E2E-LAMP").fill("3");
  expect(await page.getByRole("status").filter({ hasText: "37.50" }).count()).toBe(1);
  await page.getByRole("button", { name: "Place order" }).click();

  await notified(page, /has been placed/);
  await shown(page.getByRole("row", { name: "E2E-LAMP 3 12.50 37.50" }));
  await shown(page.getByRole("list", { name: "Timeline" }).getByText("Order placed"));
  await page.getByRole("link", { name: "Orders" }).first().click();
  const row = page.getByRole("row").filter({ hasText: "3 × E2E-LAMP" });
  await shown(row.getByText("Pending"));

  await row.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: "Cancel order" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel order" }).click();
  await shown(row.getByText("Cancelled"));
});

journey("an order of more than the stock is refused at its line", async (open) => {
  await newItem({ sku: "E2E-RARE", name: "Rarity", qty: 1, price: "1.00" });
  const page = await open("/app/new-order", { as: await newcomer("Gil"), refused: ["409 POST /orders/"] });
  await pick(page, "E2E-RARE");
  await page.getByLabel("Quantity of E2E-RARE").fill("2");
  await page.getByRole("button", { name: "Place order" }).click();
  await shown(page.getByRole("listitem").filter({ hasText: "E2E-RARE" }).getByRole("alert"));
  await page.getByLabel("Quantity of E2E-RARE").fill("1");
  await page.getByRole("button", { name: "Place order" }).click();
  await notified(page, /has been placed/);
});

journey("an administrator orders for someone else, at their own price, and sees it delivered", async (open) => {
  await newItem({ sku: "E2E-DESK", name: "Desk", qty: 4, price: "200.00" });
  await newcomer("Dora");
  const page = await open("/app/new-order", { as: "admin" });
  await page.getByLabel("Buyer").fill("dora@e2e");
  await page.getByRole("option", { name: "Dora" }).click();
  await pick(page, "E2E-DESK");
  await page.getByLabel("Price of E2E-DESK").fill("150");
  await page.getByRole("button", { name: "Place order" }).click();
  await shown(page.getByRole("row", { name: "E2E-DESK 1 150.00 150.00" }));
  await shown(page.getByRole("link", { name: "dora@e2e.example" }));

  const timeline = page.getByRole("list", { name: "Timeline" });
  for (const [step, change] of [
    ["Start processing", "Pending → Processing"],
    ["Mark as shipped", "Processing → Shipped"],
    ["Mark as delivered", "Shipped → Delivered"],
  ] as const) {
    await page.getByRole("button", { name: step }).click();
    await shown(timeline.getByText(change));
  }
  // Only what is legal is offered.
  await shown(page.getByRole("button", { name: "Complete" }));
  await gone(page.getByRole("button", { name: "Cancel order" }));
});

journey("a cancelled order releases its stock", async (open) => {
  const id = await newItem({ sku: "E2E-VASE", name: "Vase", qty: 5, price: "8.00" });
  const page = await open("/app/new-order", { as: "admin" });
  await pick(page, "E2E-VASE");
  await page.getByLabel("Quantity of E2E-VASE").fill("2");
  await page.getByRole("button", { name: "Place order" }).click();
  await notified(page, /has been placed/);
  const order = page.url();

  await page.goto(`/app/inventory/${id}`);
  await settled(page, "Vase");
  expect(await available(page).textContent()).toBe("3");
  await page.goto(order);
  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Cancel order" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel order" }).click();
  await notified(page, /has been cancelled/);

  await page.goto(`/app/inventory/${id}`);
  await settled(page, "Vase");
  expect(await available(page).textContent()).toBe("5");
  await shown(page.getByRole("row", { name: /Released by an order/ }));
});

journey("a whole journey works by keyboard alone", async (open) => {
  await newItem({ sku: "E2E-KEYS", name: "Keyboard", qty: 3, price: "30.00" });
  const page = await open("/app/sign-in");
  const press = (key: string) => page.keyboard.press(key);
  const type = (text: string) => page.keyboard.type(text);
  /** Waits for another page: its heading has the focus, and the navigation marks it. */
  const arrive = async (heading: string, section?: string) => {
    await settled(page, heading);
    const focused = page.locator(":focus");
    await expect.poll(() => focused.textContent()).toBe(heading);
    expect(await page.title()).toBe(`${heading} · microdemo`);
    if (section) expect(await page.locator("nav [aria-current=page]").first().textContent()).toContain(section);
  };
  /** Moves the focus to an element with Tab alone. */
  const tabTo = async (element: ReturnType<Page["locator"]>) => {
    await shown(element);
    for (let steps = 0; steps < 60; steps++) {
      await expectFocusSeen(page);
      if (await element.evaluate((node) => node === document.activeElement)) return;
      await press("Tab");
    }
    throw new Error(`Tab does not lead to ${String(element)}`);
  };

  await tabTo(page.getByRole("link", { name: "Create an account" }));
  await press("Enter");
  await tabTo(page.getByLabel("Name"));
  await type("Kim");
  await press("Tab");
  await type("kim@e2e.example");
  await press("Tab");
  await type("password123");
  await press("Enter");

  await arrive("Dashboard", "Dashboard");
  await press("n");
  await arrive("Place an order", "Orders");
  await tabTo(page.getByLabel("Add an item"));
  await type("E2E-KEYS");
  await shown(page.getByRole("option", { name: "E2E-KEYS" }));
  await press("ArrowDown");
  await press("Enter");
  await tabTo(page.getByLabel("Quantity of E2E-KEYS"));
  await press("ArrowUp");
  await tabTo(page.getByRole("button", { name: "Place order" }));
  await press("Enter");
  await shown(page.getByRole("row", { name: "E2E-KEYS 2 30.00 60.00" }));

  await tabTo(page.getByRole("button", { name: "Cancel order" }));
  await press("Enter");
  await tabTo(page.getByRole("alertdialog").getByRole("button", { name: "Keep order" }));
  await press("Escape");
  await gone(page.getByRole("alertdialog"));
  await tabTo(page.getByRole("button", { name: "Cancel order" }));
  await press("Enter");
  await tabTo(page.getByRole("alertdialog").getByRole("button", { name: "Cancel order" }));
  await press("Enter");
  await notified(page, /has been cancelled/);

  await press("Control+k");
  await shown(page.getByRole("combobox", { name: "Command palette" }));
  await type("settings");
  await press("Enter");
  await arrive("Settings", "Settings");
  await press("g");
  await press("o");
  await arrive("Orders", "Orders");
  await tabTo(page.getByRole("button", { name: "Account of Kim" }));
  await press("Enter");
  await shown(page.getByRole("menu"));
  await press("ArrowUp");
  await press("Enter");
  await arrive("Sign in");
});
