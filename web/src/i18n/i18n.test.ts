import { describe, expect, it } from "vitest";
import { isRecord } from "../services/read";

const files = import.meta.glob<Record<string, unknown>>("../{components,pages/*}/texts/*.ts", { import: "default", eager: true });

/** Every text under its key, such as "orders.title". */
function flat(texts: Record<string, unknown>, before = ""): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]): [string, string][] => {
    if (typeof value === "string") return [[before + key, value]];
    return isRecord(value) ? flat(value, `${before}${key}.`) : [];
  });
}
const gaps = (text = "") => [...text.matchAll(/{{?(\w+)}}?/g)].map(([, name]) => name).sort();

// The compiler finds missing keys and plural forms.
describe.each(Object.entries(files))("the texts in %s", (path, texts) => {
  it("have the gaps of the English ones, and none is empty", () => {
    const english = new Map(flat(files[path.replace(/\w+\.ts$/, "en.ts")] ?? {}));
    for (const [key, text] of flat(texts)) {
      expect(text.trim(), key).not.toBe("");
      expect(gaps(text), key).toEqual(gaps(english.get(key) ?? english.get(key.replace(/_many$/, "_other"))));
    }
  });
});
