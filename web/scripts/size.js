// Fails if somebody who comes for the first time has to load more JavaScript
// than this before a page can be used: what index.html names, one language, and
// the largest page with all that it imports at once.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const limit = 150 * 1024;

const manifest = JSON.parse(readFileSync("dist/manifest.json", "utf8"));
const gzipped = (file) => gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length;

/** All that is loaded at once with a chunk. */
function closure(key, found = new Set()) {
  if (!found.has(key)) {
    found.add(key);
    for (const other of manifest[key].imports ?? []) closure(other, found);
  }
  return found;
}

const size = (keys) =>
  [...keys].map((key) => manifest[key].file).filter((file) => file.endsWith(".js")).reduce((sum, file) => sum + gzipped(file), 0);

const boot = readFileSync("dist/index.html", "utf8").match(/assets\/boot-[^"]+\.js/)[0];
const languages = Object.keys(manifest).filter((key) => /^src\/i18n\/..\.ts$/.test(key));
// The pages that App.tsx loads by their address; what they open is loaded after them.
const pages = manifest["index.html"].dynamicImports.filter((key) => key.startsWith("src/pages/"));
const shell = "src/components/Layout.tsx";
const largest = (keys) => Math.max(...keys.map((key) => size([key])));
const language = largest(languages);
// Pages that wait for the texts of a topic.
const topic = (name) => largest(Object.keys(manifest).filter((key) => key.startsWith(`src/i18n/${name}/`)));
const texts = [
  [/^src\/pages\/(webhooks\/|orders\/NewOrder)/, topic("later")],
  [/^src\/pages\/dashboard\//, topic("dashboard")],
];

let failed = false;
for (const page of pages) {
  const parts = closure(page, closure("index.html"));
  if (!page.startsWith("src/pages/session/")) closure(shell, parts);
  const total = size(parts) + language + texts.reduce((sum, [pages, size]) => sum + (pages.test(page) ? size : 0), 0) + gzipped(boot);
  failed ||= total > limit;
  console.log(`${total > limit ? "too large" : "ok"}  ${(total / 1024).toFixed(1)} KB  ${page.replace("src/pages/", "")}`);
}
console.log(`at most ${limit / 1024} KB of gzipped JavaScript for a first visit`);
process.exit(failed ? 1 : 0);
