import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { en } from "../src/i18n/en";
import { later } from "../src/i18n/later/en";
import { journey, settled } from "./console";
import { pages } from "./pages";

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// Such as "orders.title", which shows where its text is missing.
const keys = new RegExp(`(?<![\\w.])(${[...Object.keys(en), ...Object.keys(later)].join("|")})\\.[a-z]\\w+`);

for (const { name, path, as, heading } of pages) {
  journey(`${name} is accessible in both themes, and fits any window`, async (open) => {
    const page = await open(path, { as, colorScheme: "light" });
    await settled(page, heading);
    expect((await page.locator("body").innerText()).match(keys), "texts that were not loaded").toBeNull();
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await expectAccessible(page);
    for (const width of [390, 360]) {
      await page.setViewportSize({ width, height: 844 });
      // Charts take a moment to follow the window.
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth), { message: `width of the page in a window of ${width}`, timeout: 10_000 }).toBeLessThanOrEqual(width);
      const cut = await page.locator("main table").evaluateAll((tables) =>
        tables.filter(({ parentElement: frame }) => frame && frame.scrollWidth > frame.clientWidth).map((table) => table.textContent),
      );
      expect(cut, `tables that are cut off in a window of ${width}`).toEqual([]);
    }
    await expectAccessible(page);
  });
}

async function expectAccessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).withTags(rules).analyze();
  const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ""}`));
  expect(found).toEqual([]);
}
