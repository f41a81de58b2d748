import { AxeBuilder } from "@axe-core/playwright";
import { expect } from "vitest";
import { journey, settled } from "./console";
import { pages } from "./pages";

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

for (const { name, path, as, heading } of pages) {
  for (const colorScheme of ["light", "dark"] as const) {
    journey(`${name}, ${colorScheme}: anybody can use it, at any width`, async (open) => {
      const page = await open(path, { as, colorScheme });
      for (const width of [1440, 390, 360]) {
        await page.setViewportSize({ width, height: 844 });
        await settled(page, heading);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(wide, `width of the page in a window of ${width}`).toBeLessThanOrEqual(width);
        if (width === 360) continue;
        const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
        const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ""}`));
        expect(found, `axe at ${width}`).toEqual([]);
      }
    });
  }
}
