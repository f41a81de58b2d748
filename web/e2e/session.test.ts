import { expect } from "vitest";
import { password } from "./api";
import { gone, journey, newcomer, settled, shown } from "./console";

journey("a user registers, signs out, and signs in to the page they wanted", async (open) => {
  const page = await open("/app/sign-in?next=%2Fapp%2Fsettings");
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByLabel("Name").fill("Rosa");
  await page.getByLabel("E-mail").fill("rosa@e2e.example");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await settled(page, "Settings");
  expect(new URL(page.url()).pathname).toBe("/app/settings");

  await page.getByRole("button", { name: "Account of Rosa" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await settled(page, "Sign in");

  await page.goto("/app/orders?status=shipped");
  await page.getByLabel("E-mail").fill("rosa@e2e.example");
  await page.getByLabel("Password").fill(password);
  await page.keyboard.press("Enter");
  await settled(page, "Orders");
  expect(page.url()).toMatch(/\/app\/orders\?status=shipped$/);
});

journey("a wrong password is reported in the chosen language, and the right one works", async (open) => {
  const page = await open("/app/sign-in", { refused: ["401 POST /users/login"] });
  await page.getByLabel("E-mail").fill("bob@example.com");
  await page.getByLabel("Password").fill("not this one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await shown(page.getByRole("alert"));
  await page.getByRole("button", { name: "Español" }).click();
  await shown(page.getByText("El correo electrónico o la contraseña no son correctos."));
  await page.getByRole("button", { name: "English" }).click();
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await settled(page, "Dashboard");
});

journey("two tabs that load at once both stay signed in, and sign out together", async (open) => {
  const one = await open("/app/orders", { as: await newcomer("Twain") });
  await settled(one, "Orders");
  const other = await one.context().newPage();
  await other.goto("/app/inventory");
  await settled(other, "Inventory");
  // Each load needs a new access token, and the use of an old refresh token would end the session.
  await Promise.all([one.reload(), other.reload()]);
  await settled(one, "Orders");
  await settled(other, "Inventory");

  await one.getByRole("button", { name: "Account of Twain" }).click();
  await one.getByRole("menuitem", { name: "Sign out" }).click();
  await settled(other, "Sign in");
});

journey("links lead deep into the console, and a reload stays there", async (open) => {
  const page = await open("/app/orders/ORD-001", { as: "user" });
  await settled(page, "Order ORD-001");
  await page.reload();
  await settled(page, "Order ORD-001");
  await page.getByRole("link", { name: "Orders" }).first().click();
  await settled(page, "Orders");
  await page.goBack();
  await settled(page, "Order ORD-001");
});

journey("an unknown address has a page of its own", async (open) => {
  const page = await open("/app/nowhere");
  await settled(page, "Page not found");
  await page.getByRole("link", { name: "Go to orders" }).click();
  await settled(page, "Sign in");
});

journey("administrators' pages are closed to others", async (open) => {
  const page = await open("/app/users", { as: "user" });
  await settled(page, "You do not have access");
  expect(await page.title()).toMatch(/^You do not have access/);
  await gone(page.getByRole("link", { name: "Users" }));
});
