import { expect, inject } from "vitest";
import { z } from "zod";
import { ask } from "./api";
import { journey, newcomer, newItem, settled, shown } from "./console";

journey("an administrator sees who bought, and looks for their other orders", async (open) => {
  const item = await newItem({ sku: "E2E-NAME", name: "Name plate", qty: 5, price: "3.00" });
  const { access_token } = await newcomer("Nia");
  const { id } = z.object({ id: z.number() }).parse(await ask(inject("base"), "GET", "/users/me", undefined, access_token));
  const name = `Nia ${"Wolfeschlegelsteinhausenbergerdorff".repeat(3).slice(0, 96)}`;
  await ask(inject("base"), "PUT", `/users/${id}`, { name }, access_token);
  await ask(inject("base"), "POST", "/orders/", { items: [{ sku: "E2E-NAME", quantity: 2 }] }, access_token);

  const page = await open("/app", { as: "admin" });
  /** Waits until nothing is wider than the window, at each width. */
  const fits = async () => {
    for (const width of [1440, 1024, 768, 360]) {
      await page.setViewportSize({ width, height: 844 });
      const wide = () =>
        page.evaluate(() =>
          [document.documentElement, ...document.querySelectorAll("main table")].filter((one) => {
            const frame = one.parentElement ?? one;
            return frame.scrollWidth > frame.clientWidth;
          }).length,
        );
      await expect.poll(wide, { message: `what is cut off in a window of ${width}`, timeout: 10_000 }).toBe(0);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  };
  await shown(page.getByRole("list", { name: "Newest orders" }).getByText(name));
  await fits();

  await page.goto("/app/orders");
  await settled(page, "Orders");
  const buyer = page.getByRole("link", { name });
  await shown(buyer);
  expect((await buyer.boundingBox())?.width).toBeLessThanOrEqual(160);
  await fits();
  await buyer.click();
  await page.waitForURL(`**/app/orders?user_id=${id}`);
  await expect.poll(() => page.locator("tbody tr").allInnerTexts(), { timeout: 10_000 }).toEqual([expect.stringContaining("2 × E2E-NAME")]);

  await page.goto(`/app/orders?user_id=${id}`); // as by a link, with the filters open
  await settled(page, "Orders");
  await shown(page.locator("p", { hasText: name }));
  await fits();

  await page.getByRole("rowheader").getByRole("link").click();
  await shown(page.getByRole("list", { name: "Timeline" }).getByText(`by ${name}`));
  await fits();
  await page.goto(`/app/inventory/${item}`);
  await settled(page, "Name plate");
  await shown(page.getByRole("row", { name: /Reserved by an order/ }));
  await fits();
});
