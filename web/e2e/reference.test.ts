import { expect } from "vitest";
import { journey } from "./console";

journey("the API reference shows operations and problems, and sends requests", async (open) => {
  const page = await open("/orders/docs");
  await page.getByText("Place an order", { exact: true }).waitFor();
  await page.getByText("Problems: what can go wrong").click();
  expect(await page.getByRole("cell", { name: "malformed-body" }).isVisible()).toBe(true);
  await page.goto("/users/docs");
  await page.getByText("Sign in", { exact: true }).click();
  await page.getByRole("button", { name: "Try it out" }).click();
  await page.getByRole("button", { name: "Execute" }).click();
  await page
    .getByText(/"access_token": "ey/)
    .first()
    .waitFor();
});
