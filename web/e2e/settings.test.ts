import { expect } from "vitest";
import { en } from "../src/i18n/en";
import { es } from "../src/i18n/es";
import { pt } from "../src/i18n/pt";
import { cutPlaceholders, journey, newcomer, settled, shown } from "./console";

journey("settings survive a reload, and follow to another device", async (open) => {
  const me = await newcomer("Sam");
  const page = await open("/app/settings", { as: me });
  await settled(page, "Settings");
  const root = page.locator("html");
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  /** Does something, and waits until the server keeps it. */
  const keep = (act: () => Promise<void>) =>
    Promise.all([
      page.waitForResponse((response) => response.url().endsWith("/users/me/preferences") && response.ok()),
      act(),
    ]);
  const choose = (name: string) => keep(() => page.getByText(name, { exact: true }).click());

  await choose("Dark");
  expect(await background()).not.toBe(light);
  await choose("Colour-blind safe");
  await keep(() => page.getByLabel("Days ahead").fill("30"));
  await choose("Español");

  await page.reload();
  await settled(page, es.settings.title);
  expect(await root.getAttribute("data-theme")).toBe("dark");
  expect(await root.getAttribute("data-palette")).toBe("safe");
  expect(await root.getAttribute("lang")).toBe("es");
  expect(await page.getByLabel(es.settings.days).inputValue()).toBe("30");

  const phone = await open("/app/sign-in", { viewport: { width: 390, height: 844 } });
  await phone.getByLabel("E-mail").fill("sam@e2e.example");
  await phone.getByLabel("Password").fill("password123");
  await phone.keyboard.press("Enter");
  await settled(phone, es.dashboard.title);
  expect(await phone.locator("html").getAttribute("data-theme")).toBe("dark");
});

for (const [locale, texts] of [["en-GB", en], ["es-MX", es], ["pt-BR", pt]] as const) {
  journey(`the console speaks ${locale} to a browser that does`, async (open) => {
    const language = locale.slice(0, 2);
    const page = await open("/app/sign-in", { locale });
    await settled(page, texts.session.signIn);
    await page.getByLabel(texts.session.email).fill("admin@test.com");
    await page.getByLabel(texts.session.password).fill("password123");
    await page.getByRole("button", { name: texts.session.signIn }).click();
    await settled(page, texts.dashboard.title);
    expect(await page.locator("html").getAttribute("lang")).toBe(language);
    for (const name of ["inventory", "users", "settings", "orders"] as const) {
      await page.getByRole("link", { name: texts.nav[name], exact: true }).click();
      await settled(page, texts[name].title);
      for (const width of [360, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        expect(await cutPlaceholders(page), `placeholders that are cut off in a window of ${width}`).toEqual([]);
      }
    }
    await shown(page.getByRole("link", { name: new RegExp(`^${texts.status.pending}`) }));
  });
}
