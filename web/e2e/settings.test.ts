import { expect } from "vitest";
import { cutPlaceholders, journey, newcomer, settled, shown } from "./console";

journey("settings survive a reload, and follow to another device", async (open) => {
  const me = await newcomer("Sam");
  const page = await open("/app/settings", { as: me });
  await settled(page, "Settings");
  const root = page.locator("html");
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  /** Does something, and waits until the server has saved it. */
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
  await settled(page, "Ajustes");
  expect(await root.getAttribute("data-theme")).toBe("dark");
  expect(await root.getAttribute("data-palette")).toBe("safe");
  expect(await root.getAttribute("lang")).toBe("es");
  expect(await page.getByLabel("Días por delante").inputValue()).toBe("30");

  const phone = await open("/app/sign-in", { viewport: { width: 390, height: 844 } });
  await phone.getByLabel("E-mail").fill("sam@e2e.example");
  await phone.getByLabel("Password").fill("password123");
  await phone.keyboard.press("Enter");
  await settled(phone, "Panel");
  expect(await phone.locator("html").getAttribute("data-theme")).toBe("dark");
});

const consoles = [
  { locale: "en-GB", signIn: "Sign in", email: "E-mail", password: "Password", dashboard: "Dashboard", sections: ["Inventory", "Users", "Settings", "Orders"], pending: "Pending" },
  { locale: "es-MX", signIn: "Iniciar sesión", email: "Correo electrónico", password: "Contraseña", dashboard: "Panel", sections: ["Inventario", "Usuarios", "Ajustes", "Pedidos"], pending: "Pendiente" },
  { locale: "pt-BR", signIn: "Entrar", email: "E-mail", password: "Senha", dashboard: "Painel", sections: ["Estoque", "Usuários", "Configurações", "Pedidos"], pending: "Pendente" },
];

for (const { locale, signIn, email, password, dashboard, sections, pending } of consoles) {
  journey(`the console speaks ${locale} to a browser that does`, async (open) => {
    const page = await open("/app/sign-in", { locale });
    await settled(page, signIn);
    await page.getByLabel(email).fill("admin@test.com");
    await page.getByLabel(password).fill("password123");
    await page.getByRole("button", { name: signIn }).click();
    await settled(page, dashboard);
    expect(await page.locator("html").getAttribute("lang")).toBe(locale.slice(0, 2));
    for (const section of sections) {
      await page.getByRole("link", { name: section, exact: true }).click();
      await settled(page, section);
      for (const width of [360, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        expect(await cutPlaceholders(page), `placeholders that are cut off in a window of ${width}`).toEqual([]);
      }
    }
    await shown(page.getByRole("link", { name: new RegExp(`^${pending}`) }));
  });
}
