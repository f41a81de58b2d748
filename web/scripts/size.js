// Fails if a first visit has to load more JavaScript than this before a page can be
// used: what index.html names, and the page with its imports and texts.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const limit = 150 * 1024;

const manifest = JSON.parse(readFileSync("dist/manifest.json", "utf8"));
const gzipped = (file) => gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length;

/** A chunk with all that it imports statically. */
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
/** The texts of a feature, in the language that needs most. */
const texts = (folder) =>
  Math.max(...Object.keys(manifest).filter((key) => key.startsWith(`src/${folder}/texts/`)).map((key) => size([key])));
// What App.tsx loads by the address; what the pages open is loaded after them.
const pages = manifest["index.html"].dynamicImports.filter((key) => /^src\/pages\/.*\.tsx$/.test(key));
const frame = "src/pages/layout/Layout.tsx";

let failed = false;
for (const page of pages.filter((page) => page !== frame)) {
  const parts = closure(page, closure("index.html"));
  const folders = ["components", page.split("/", 3).slice(1).join("/")];
  if (!page.startsWith("src/pages/session/")) {
    // With the actions on files, which three of the pages show.
    closure("src/pages/files/FileActions.tsx", closure(frame, parts));
    folders.push("pages/layout", "pages/files");
  }
  const total = size(parts) + gzipped(boot) + [...new Set(folders)].reduce((sum, folder) => sum + texts(folder), 0);
  failed ||= total > limit;
  console.log(`${total > limit ? "too large" : "ok"}  ${(total / 1024).toFixed(1)} KB  ${page.replace("src/pages/", "")}`);
}
console.log(`at most ${limit / 1024} KB of gzipped JavaScript for a first visit`);
process.exit(failed ? 1 : 0);
