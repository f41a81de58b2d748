import { expect } from "vitest";
import { expectAccessible, expectFits, journey, settled } from "./console";
import { pages } from "./pages";

// Such as "orders:title", which is shown where a text is missing.
const keys = /(?<![\w.])(common|dashboard|files|inventory|layout|orders|session|settings|users|webhooks):[a-z]\w+/;

for (const { name, path, as, heading } of pages) {
  journey(`${name} is accessible in both themes, and fits any window`, async (open) => {
    const page = await open(path, { as });
    await settled(page, heading);
    expect(keys.exec(await page.locator("body").innerText()), "texts that were not loaded").toBeNull();
    expect(await page.title()).toMatch(/^.+ · microdemo$/);
    await expectAccessible(page);
    for (const width of [390, 360]) {
      await expectFits(page, width);
      const cut = await page.locator("main table").evaluateAll((tables) =>
        tables.filter(({ parentElement: frame }) => frame && frame.scrollWidth > frame.clientWidth).map((table) => table.textContent),
      );
      expect(cut, `tables that are cut off in a window of ${width}`).toEqual([]);
    }
    await expectAccessible(page, ["dark"]);
    await expectFits(page, 320);
  });
}
