import { once } from "node:events";
import { createServer } from "node:http";
import { expect } from "vitest";
import { gone, journey, settled, shown, notified } from "./console";

/** An endpoint that records the types of the messages it receives. */
async function receiver() {
  const received: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      received.push(/"type":\s*"([^"]+)"/.exec(body)?.[1] ?? body);
      response.writeHead(204).end();
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the receiver does not listen");
  return { url: `http://127.0.0.1:${address.port}/e2e`, received, close: () => server.close() };
}

journey("a webhook is created, tested, and receives an order", async (open) => {
  const { url, received, close } = await receiver();
  const page = await open("/app/webhooks", { as: "admin" });
  await settled(page, "Webhooks");
  await page.getByRole("button", { name: "New webhook" }).click();
  await page.getByLabel("Address").fill(url);
  await page.getByRole("dialog").getByRole("button", { name: /webhook$/ }).click();
  const dialog = page.getByRole("dialog");
  await shown(dialog.getByText(/whsec_/));
  await dialog.getByRole("button", { name: "I have copied it" }).click();
  await gone(page.getByText(/whsec_/));

  await page.getByRole("link", { name: url }).click();
  await settled(page, url);
  await page.getByRole("button", { name: "Send a test" }).click();
  await shown(dialog.getByText("It has arrived."));
  expect(received).toContain("webhook.test");
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();

  const shop = await open("/app/new-order", { as: "admin" });
  await shop.getByLabel("Add an item").fill("COF-005");
  await shop.getByRole("option", { name: "COF-005" }).click();
  await shop.getByRole("button", { name: "Place order" }).click();
  await notified(shop, /has been placed/);
  await expect.poll(() => received, { timeout: 60_000 }).toContain("order.created");

  await page.reload();
  await settled(page, url);
  await shown(page.getByRole("row").filter({ hasText: "order.created" }).first());
  // It is not deleted: pages of orders, which other journeys look at, would ask for its deliveries.
  close();
});
