import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { journey, settled } from "./console";
import { pages } from "./pages";

const folder = join(import.meta.dirname, "../../docs/screenshots");

// Written as tests, which set up everything a picture needs: `make screenshots`.
for (const { name, path, as, heading, front } of pages) {
  journey(`pictures of ${name}`, async (open) => {
    await mkdir(folder, { recursive: true });
    const page = await open(path, { as });
    await settled(page, heading);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1440, 390]) {
        const height = width > 1000 ? 900 : 844;
        await page.setViewportSize({ width, height });
        // The README shows what fits into a window.
        if (front && width > 1000) await page.screenshot({ path: join(folder, `console-${colorScheme}.png`) });
        const whole = await page.evaluate(() => document.documentElement.scrollHeight);
        await page.setViewportSize({ width, height: Math.max(height, whole) });
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`) });
      }
    }
  });
}
