import { readFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// Where `microdemo up` listens.
const api = process.env.MICRODEMO_URL ?? "http://127.0.0.1:8080";
const proxy = { "^/(users|orders|inventory)(/|$)": { target: api } };

export default defineConfig(({ command }) => ({
  plugins: [react(), tailwindcss(), bootScript(), precompress()],
  server: { host: "127.0.0.1", proxy },
  preview: { host: "127.0.0.1", proxy, headers: securityHeaders() },
  resolve: {
    // Its exports name only the development build, which is larger.
    alias: command === "build" ? [{ find: /^react-router$/, replacement: join(import.meta.dirname, "node_modules/react-router/dist/production/index.mjs") }] : [],
  },
  build: {
    assetsInlineLimit: 0, // the Content-Security-Policy allows no data: scripts or fonts
    modulePreload: { polyfill: false },
    manifest: "manifest.json", // for `npm run size`
    // What every page needs is in three files, because many small ones compress worse:
    // libraries, what the pages of visitors need too, and the frame of the others.
    rolldownOptions: {
      output: {
        advancedChunks: {
          groups: [
            {
              name: "base",
              test: /node_modules\/(react|react-dom|scheduler|react-router|cookie|@tanstack\/(react-query|query-core)|i18next|react-i18next|html-parse-stringify|void-elements|use-sync-external-store|openapi-fetch)\//,
            },
            {
              name: "core",
              test: /src\/(services\/(problem|session|read|client|users|preferences|mutation|queries)|context\/(session|toasts|preferences)|components\/(ErrorBoundary|ErrorView|EmptyState|icons|Button|Alert|Page|Skeleton))\.tsx?$/,
            },
            {
              name: "shell",
              test: /src\/(pages\/layout\/(Layout|Live|Navigation|sections|shortcuts)|components\/(Dialog|Menu|Kbd|Badge|listState)|services\/(files|format|orders|inventory|analytics|events|sse)|context\/live)\.tsx?$/,
            },
          ],
        },
      },
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: "test/setup.ts",
    restoreMocks: true,
    testTimeout: 60_000,
  },
}));

/** The headers of the web image, so that preview shows what they break. */
function securityHeaders(): Record<string, string> {
  const conf = readFileSync(join(import.meta.dirname, "security-headers.conf"), "utf8");
  const headers: Record<string, string> = {};
  for (const [, name, value] of conf.matchAll(/^add_header (\S+) "(.*)" always;$/gm)) {
    if (name && value) headers[name] = value;
  }
  return headers;
}

/**
 * Loads src/boot.js in the head, as a separate classic script: it has to
 * run before the first paint, and the Content-Security-Policy allows no inline
 * scripts.
 */
function bootScript(): Plugin {
  const source = "src/boot.js";
  let building = false;
  return {
    name: "boot-script",
    configResolved(config) {
      building = config.command === "build";
    },
    buildStart() {
      if (!building) return;
      this.emitFile({ type: "asset", name: "boot.js", source: readFileSync(join(import.meta.dirname, source)) });
    },
    transformIndexHtml(_html, { bundle }) {
      const built = Object.keys(bundle ?? {}).find((file) => /boot-[^/]*\.js$/.test(file));
      return [{ tag: "script", attrs: { src: `/${built ?? source}` }, injectTo: "head" }];
    },
  };
}

/** Writes .gz and .br beside the files that get smaller, for servers that send them as they are. */
function precompress(): Plugin {
  let dir = "";
  return {
    name: "precompress",
    apply: "build",
    configResolved(config) {
      dir = join(config.root, config.build.outDir);
    },
    async closeBundle() {
      for (const file of await readdir(dir, { recursive: true })) {
        if (!/\.(html|css|js|svg|txt)$/.test(file)) continue;
        const path = join(dir, file);
        const content = await readFile(path);
        const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
        const forms = {
          gz: await promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }),
          br: await promisify(brotliCompress)(content, quality),
        };
        for (const [ending, small] of Object.entries(forms)) {
          if (small.length < content.length) await writeFile(`${path}.${ending}`, small);
        }
      }
    },
  };
}