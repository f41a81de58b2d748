import { defineConfig } from "vitest/config";
import { chromium } from "./chromium.ts";

const missing = "the journeys through the console need Chromium: install it, or name it in CHROMIUM";
if (!chromium && process.env.CI) throw new Error(missing);
if (!chromium) console.warn(`SKIPPED: ${missing}`);

export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  test: {
    include: chromium ? [mode === "screenshots" ? "screenshots.ts" : "*.test.ts"] : [],
    passWithNoTests: !chromium,
    globalSetup: "microdemo.ts",
    maxWorkers: 2,
    // Bounds for a busy machine; every wait has a condition of its own.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
}));
