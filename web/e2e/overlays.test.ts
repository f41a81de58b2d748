import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import type { Who } from "./api";
import { cutPlaceholders, expectAccessible, expectFits, expectFocusSeen, gone, journey, newcomer, newItem, newOrder, settled, shown } from "./console";

const wide = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

/** Something that opens above a page. */
interface Overlay {
  name: string;
  role: "dialog" | "alertdialog" | "menu";
  /** Opens it by keyboard, and returns the element that gets the focus back. */
  open: (page: Page) => Promise<Locator>;
  /** What to do in it before the checks. */
  then?: (overlay: Locator, page: Page) => Promise<unknown>;
}

const button = (name: string | RegExp) => async (page: Page) => {
  const opener = page.getByRole("button", { name, exact: true });
  await opener.press("Enter");
  return opener;
};
const entry = (menu: string | RegExp, name: string) => async (page: Page) => {
  const opener = await button(menu)(page);
  await page.getByRole("menuitem", { name, exact: true }).press("Enter");
  return opener;
};
const press = (name: string) => (overlay: Locator) => overlay.getByRole("button", { name, exact: true }).press("Enter");
/** Submits an empty form. */
const refuse = (name: string, says: string) => async (overlay: Locator) => {
  await press(name)(overlay);
  await shown(overlay.getByText(says).first());
};
const ofRow = /^Actions for/;
const importing = (csv: string, says: string) => async (overlay: Locator) => {
  await overlay.locator("input[type=file]").setInputFiles({ name: "items.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
  await shown(overlay.getByText(says));
};

interface Place {
  path: string | (() => Promise<string>);
  as: Who;
  heading: string | RegExp;
  viewport?: typeof wide;
  refused?: string[];
  overlays: Overlay[];
}

const places: Place[] = [
  {
    path: "/app/settings",
    as: "admin",
    heading: "Settings",
    overlays: [
      { name: "the account menu", role: "menu", open: button(/^Account of/) },
      { name: "the shortcuts", role: "dialog", open: entry(/^Account of/, "Keyboard shortcuts ?") },
      {
        name: "the command palette",
        role: "dialog",
        open: button("Search …"),
        then: async (palette) => {
          await palette.getByRole("combobox").fill("COF");
          await shown(palette.getByRole("option", { name: "COF-001" }));
        },
      },
      {
        name: "the command palette that finds nothing",
        role: "dialog",
        open: button("Search …"),
        then: async (palette) => {
          await palette.getByRole("combobox").fill("zzzz");
          await shown(palette.getByText("Nothing found"));
        },
      },
    ],
  },
  {
    path: "/app/orders",
    as: "admin",
    heading: "Orders",
    viewport: phone,
    overlays: [
      { name: "the menu on a phone", role: "dialog", open: button("Open menu") },
      { name: "the palette on a phone", role: "dialog", open: button("Search") },
      { name: "files on a phone", role: "menu", open: button("Import and export") },
    ],
  },
  {
    path: async () => `/app/orders?q=${await newOrder("COF-001")}`,
    as: "admin",
    heading: "Orders",
    overlays: [
      { name: "the menu of an order", role: "menu", open: button(ofRow) },
      { name: "the columns", role: "menu", open: button("Columns") },
      { name: "cancelling an order", role: "alertdialog", open: entry(ofRow, "Cancel order") },
      { name: "deleting an order", role: "alertdialog", open: entry(ofRow, "Delete order") },
      { name: "importing orders", role: "dialog", open: button("Import") },
    ],
  },
  {
    path: async () => `/app/orders/${await newOrder("COF-001")}`,
    as: "admin",
    heading: /^Order/,
    overlays: [
      { name: "the actions of an order", role: "menu", open: button("Actions") },
      {
        name: "another buyer",
        role: "alertdialog",
        open: async (page) => {
          await button("Change")(page);
          const picker = page.getByLabel("New buyer");
          await picker.fill("bob@");
          await expect.poll(() => page.getByRole("option").count()).toBe(1);
          await picker.press("ArrowDown");
          await picker.press("Enter");
          return picker;
        },
      },
      { name: "a delivery", role: "dialog", open: button(/^order\.created of .*\/hooks$/) },
    ],
  },
  {
    path: async () => {
      await newItem({ sku: "E2E-OVER", name: "Overlay", qty: 3, price: "1.00" });
      return "/app/inventory?q=E2E-OVER";
    },
    as: "admin",
    heading: "Inventory",
    refused: ["400 POST /inventory/import/csv"],
    overlays: [
      { name: "the menu of an item", role: "menu", open: button(ofRow) },
      { name: "a new item, filled in wrongly", role: "dialog", open: button("New item"), then: refuse("Create item", "Enter a SKU") },
      { name: "editing an item", role: "dialog", open: entry(ofRow, "Edit"), then: (dialog) => shown(dialog.getByLabel("Price")) },
      { name: "adjusting stock, filled in wrongly", role: "dialog", open: entry(ofRow, "Adjust stock"), then: refuse("Adjust stock", "Enter a reason.") },
      { name: "deleting an item", role: "alertdialog", open: entry(ofRow, "Delete item") },
      { name: "a file to import", role: "dialog", open: button("Import"), then: importing("sku,qty\nE2E-OVER,5\n", "Import 1 row") },
      { name: "a file with wrong rows", role: "dialog", open: button("Import"), then: importing("sku,qty\nE2E-OVER,x\n", "1 row is skipped.") },
      { name: "a file of the wrong kind", role: "dialog", open: button("Import"), then: importing("what,ever\n1,2\n", "Choose another file") },
    ],
  },
  {
    path: async () => {
      await newcomer("Ova");
      return "/app/users?q=ova%40e2e.example";
    },
    as: "admin",
    heading: "Users",
    overlays: [
      { name: "the menu of a user", role: "menu", open: button(ofRow) },
      { name: "a new user, filled in wrongly", role: "dialog", open: button("New user"), then: refuse("Create user", "Enter your name.") },
      { name: "editing a user", role: "dialog", open: entry(ofRow, "Edit") },
      { name: "deactivating a user", role: "alertdialog", open: entry(ofRow, "Deactivate") },
      {
        name: "a temporary password",
        role: "dialog",
        open: async (page) => {
          const opener = await entry(ofRow, "Reset password")(page);
          await press("Reset password")(page.getByRole("alertdialog"));
          return opener;
        },
      },
    ],
  },
  {
    path: "/app/webhooks",
    as: "admin",
    heading: "Webhooks",
    overlays: [
      { name: "the menu of a webhook", role: "menu", open: button(/^Actions for .*\/hooks$/) },
      { name: "a new webhook, filled in wrongly", role: "dialog", open: button("New webhook"), then: refuse("Create webhook", "Enter an address") },
      { name: "deleting a webhook", role: "alertdialog", open: entry(/^Actions for .*\/hooks$/, "Delete webhook") },
      {
        name: "a test of a webhook",
        role: "dialog",
        open: entry(/^Actions for .*\/hooks$/, "Send a test"),
        then: (dialog) => shown(dialog.getByText("It has arrived.")),
      },
      {
        name: "the secret of a webhook",
        role: "dialog",
        open: button("New webhook"),
        then: async (dialog) => {
          await dialog.getByLabel("Address").fill("http://127.0.0.1:9/overlay");
          for (const event of [/placed/, /status/, /buyer/]) await dialog.getByRole("checkbox", { name: event }).uncheck();
          await press("Create webhook")(dialog);
          await shown(dialog.getByText(/^whsec_/));
        },
      },
    ],
  },
];

for (const { path, as, heading, viewport = wide, refused, overlays } of places) {
  const names = overlays.map(({ name }) => name).join(", ");
  journey(`${names}: accessible, narrow enough, and gives the focus back`, async (open) => {
    const page = await open(typeof path === "string" ? path : await path(), { as, viewport, ...(refused && { refused }) });
    await settled(page, heading);
    for (const { role, open, then } of overlays) {
      const opener = await open(page);
      const overlay = page.getByRole(role);
      await shown(overlay);
      await then?.(overlay, page);
      await expectAccessible(page);
      if (role === "menu") await shown(overlay.locator(":focus-visible"));
      else await expectFocusKept(page);
      expect(await cutPlaceholders(page)).toEqual([]);
      await expectFits(page, 320);
      await page.setViewportSize(viewport);
      await page.keyboard.press("Escape");
      await gone(overlay);
      await expect.poll(() => opener.evaluate((node) => node === document.activeElement), { message: "the focus is back" }).toBe(true);
    }
  });
}

/** Tabs through a dialog: the focus stays in it or in the browser's own bar, and is always visible. */
async function expectFocusKept(page: Page) {
  const stops = await page.locator("dialog[open] :is(a, button, input, select)").count();
  for (let step = 0; step <= stops; step++) {
    await page.keyboard.press("Tab");
    await expectFocusSeen(page);
    const outside = await page.evaluate(() => {
      const focused = document.activeElement;
      return focused === document.body || focused?.closest("dialog") ? undefined : focused?.outerHTML;
    });
    expect(outside, "what has the focus behind the dialog").toBeUndefined();
  }
}

/** Something that shows up on a page itself. */
interface State {
  name: string;
  path: string;
  as?: Who;
  heading: string;
  show: (page: Page) => Promise<unknown>;
}

const submit = (name: string, says: string) => async (page: Page) => {
  await page.getByRole("button", { name, exact: true }).press("Enter");
  await shown(page.getByText(says).first());
};

const states: State[] = [
  { name: "signing in, filled in wrongly", path: "/app/sign-in", heading: "Sign in", show: submit("Sign in", "Enter your password.") },
  { name: "registering, filled in wrongly", path: "/app/register", heading: "Create an account", show: submit("Create account", "Enter your name.") },
  { name: "a password that is too short", path: "/app/settings", as: "user", heading: "Settings", show: submit("Change password", "At least 8 characters.") },
  { name: "an order of nothing", path: "/app/new-order", as: "user", heading: "Place an order", show: submit("Place order", "Add at least one item.") },
  {
    name: "an order with a wrong line, and the list of items open",
    path: "/app/new-order",
    as: "admin",
    heading: "Place an order",
    show: async (page) => {
      const picker = page.getByLabel("Add an item");
      await picker.fill("COF-001");
      await page.getByRole("option", { name: "COF-001" }).click();
      await page.getByLabel("Quantity of COF-001").fill("0");
      await submit("Place order", "Enter a whole number")(page);
      await picker.fill("COF");
      await shown(page.getByRole("option", { name: "COF-001" }));
      await picker.press("ArrowDown");
    },
  },
  {
    name: "the filters of orders",
    path: "/app/orders?sku=COF-001",
    as: "admin",
    heading: "Orders",
    show: (page) => shown(page.getByLabel("Buyer’s id")),
  },
  {
    name: "a list that finds nothing",
    path: "/app/users?q=nobody&role=admin",
    as: "admin",
    heading: "Users",
    show: (page) => shown(page.getByText("Nothing matches")),
  },
  {
    name: "a notification, and exports that last",
    path: "/app/orders",
    as: "user",
    heading: "Orders",
    show: async (page) => {
      const exporting = page.getByRole("button", { name: "Export" });
      await exporting.press("Enter");
      await shown(page.getByText(/has been saved/).first());
      await page.keyboard.press("F8"); // the notification stays while it has the focus
      await page.route(/\/export/, () => undefined);
      await exporting.click();
      await shown(page.getByRole("region", { name: "Exporting orders" }));
    },
  },
];

for (const { name, path, as, heading, show } of states) {
  journey(`${name}: accessible, and narrow enough`, async (open) => {
    const page = await open(path, { as });
    await settled(page, heading);
    await show(page);
    await expectAccessible(page);
    await expectFits(page, 320);
  });
}
