import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContextOptions, chromium as engine, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { ask, password, signInTo, tokens, type Who } from "./api";
import { chromium } from "./chromium";

const pictures = join(import.meta.dirname, "../../.data/e2e");

export interface Visit extends BrowserContextOptions {
  /** The signed-in user: one of the demo shop, or any by refresh token. */
  as?: Who | { refresh_token: string } | undefined;
  /** Requests that are expected to fail, such as "409 POST /orders/". */
  refused?: string[];
}

/** Calls the API directly, to prepare a journey. */
const call = (method: string, path: string, body: unknown, token?: string) => ask(inject("base"), method, path, body, token);

/** A new user of this test alone. */
export const newcomer = async (name: string) =>
  tokens.parse(await call("POST", "/users/register", { name, email: `${name.toLowerCase()}@e2e.example`, password }));

/** A new item of this test alone. */
export async function newItem(item: { sku: string; name: string; qty: number; price: string }) {
  const { access_token } = await signInTo(inject("base"), "admin");
  return z.object({ id: z.number() }).parse(await call("POST", "/inventory/", item, access_token)).id;
}

/** A new order of the administrator, of this test alone. */
export async function newOrder(sku: string) {
  const { access_token } = await signInTo(inject("base"), "admin");
  return z.object({ id: z.string() }).parse(await call("POST", "/orders/", { items: [{ sku, quantity: 1 }] }, access_token)).id;
}

/** Opens a page of the console, in a browser session of its own. */
export type Open = (path: string, visit?: Visit) => Promise<Page>;

let browser: Browser;
beforeAll(async () => {
  // Chromium's sandbox does not run as root.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  browser = await engine.launch({ executablePath: chromium, args });
});
afterAll(() => browser.close());

/**
 * A journey through the console. It also fails if the browser logs an error, as
 * it does for each violation of the Content-Security-Policy, or if a request
 * fails unexpectedly. Screenshots of a failed journey are left in .data/e2e.
 * stay in .data/e2e.
 */
export function journey(name: string, walk: (open: Open) => Promise<void>) {
  test(name, async () => {
    const problems: string[] = [];
    const pages: Page[] = [];
    try {
      await walk(async (path, visit = {}) => {
        const page = await openPage(path, visit, problems);
        pages.push(page);
        return page;
      });
      expect(problems).toEqual([]);
    } catch (error) {
      for (const [index, page] of pages.entries()) {
        await page.screenshot({ path: join(pictures, `${name.replace(/\W+/g, "-")}-${index}.png`) });
      }
      throw error;
    } finally {
      await Promise.all(pages.map((page) => page.context().close()));
    }
  });
}

async function openPage(path: string, { as, refused = [], ...options }: Visit, problems: string[]) {
  const session = typeof as === "string" ? await signInTo(inject("base"), as) : as;
  const origin = inject("base");
  const localStorage = session ? [{ name: "microdemo.refresh", value: session.refresh_token }] : [];
  const context = await browser.newContext({
    baseURL: origin,
    locale: "en-GB",
    viewport: { width: 1440, height: 900 },
    reducedMotion: "reduce",
    storageState: { cookies: [], origins: [{ origin, localStorage }] },
    ...options,
  });
  context.setDefaultTimeout(60_000);
  context.on("page", (page) => watch(page, refused, problems));
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

function watch(page: Page, refused: string[], problems: string[]) {
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    // Failed requests are checked by their response, below.
    if (message.type() !== "error" || message.text().startsWith("Failed to load resource")) return;
    problems.push(`console: ${message.text()}`);
  });
  page.on("response", (response) => {
    if (response.status() < 400) return;
    const what = `${response.status()} ${response.request().method()} ${new URL(response.url()).pathname}`;
    if (!refused.includes(what)) problems.push(what);
  });
}

/** Waits until a page has its heading, and nothing is loading. */
export async function settled(page: Page, heading: string | RegExp) {
  await page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
  // Loaded parts may load more, so nothing may be loading several times in a row.
  let still = 0;
  const countStill = async () => (still = (await page.locator(".animate-pulse").count()) === 0 ? still + 1 : 0);
  await expect.poll(countStill, { interval: 100, timeout: 60_000 }).toBeGreaterThan(3);
  await page.evaluate(() => document.fonts.ready);
}

export const shown = (locator: Locator) => locator.waitFor();
/** Waits for a notification. It appears twice, once for screen readers. */
export const notified = (page: Page, words: RegExp) => page.getByText(words).first().waitFor();
export const gone = (locator: Locator) => locator.waitFor({ state: "detached" });

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Has axe check the page, in both themes. */
export async function expectAccessible(page: Page, themes: readonly ("light" | "dark")[] = ["light", "dark"]) {
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).withTags(rules).analyze();
    const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ""}`));
    expect(found.join("\n"), `in the ${colorScheme} theme`).toBe("");
  }
}

/** Makes the window narrow: only tables may scroll sideways (WCAG 2.2, 1.4.10). */
export async function expectFits(page: Page, width: number) {
  await page.setViewportSize({ width, height: 844 });
  const tooWide = () =>
    page.evaluate(() =>
      [...document.querySelectorAll("html, dialog[open], [role=menu], [role=listbox]")]
        .filter((one) => one.scrollWidth > one.clientWidth || one.getBoundingClientRect().right > innerWidth || one.getBoundingClientRect().left < 0)
        .map((one) => `${one.tagName} ${one.role ?? ""}`),
    );
  // Charts take a moment to resize.
  await expect.poll(tooWide, { message: `what is too wide for a window of ${width}`, timeout: 10_000 }).toEqual([]);
}

/** The placeholders that are cut off. */
export const cutPlaceholders = (page: Page) =>
  page.locator("input[placeholder]:visible").evaluateAll((inputs) => {
    const pen = document.createElement("canvas").getContext("2d");
    return inputs.flatMap((input) => {
      if (!(input instanceof HTMLInputElement) || !pen) return [];
      const { font, paddingLeft, paddingRight } = getComputedStyle(input);
      pen.font = font;
      const room = input.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
      return pen.measureText(input.placeholder).width > room ? [input.placeholder] : [];
    });
  });

/** The focus is marked, in the window, and not covered (WCAG 2.2, 2.4.7 and 2.4.11). */
export async function expectFocusSeen(page: Page) {
  const problem = await page.evaluate(() => {
    const focused = document.activeElement;
    // After a navigation the heading has it, which is not interactive.
    if (!focused?.matches("a, button, input, select, [role]")) return undefined;
    const marked = [focused, focused.parentElement].some((one) => {
      const look = one && getComputedStyle(one);
      return look && look.outlineStyle !== "none" && Number.parseFloat(look.outlineWidth) > 0;
    });
    const place = focused.closest("label") ?? focused;
    const { left, right, top, bottom } = place.getBoundingClientRect();
    const uncovered = place.contains(document.elementFromPoint((left + right) / 2, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2));
    return marked && uncovered ? undefined : `${marked ? "covered" : "not marked"}: ${focused.outerHTML.slice(0, 300)}`;
  });
  expect(problem, "what has the focus").toBeUndefined();
}
