import { describe, expect, it } from "vitest";
import { isRecord } from "../services/read";
import { en } from "./en";
import { dashboard as dashboardEn } from "./dashboard/en";
import { dashboard as dashboardEs } from "./dashboard/es";
import { dashboard as dashboardPt } from "./dashboard/pt";
import { later as laterEn } from "./later/en";
import { later as laterEs } from "./later/es";
import { later as laterPt } from "./later/pt";
import { es } from "./es";
import { pt } from "./pt";

/** Every text under its key, such as "orders.title". */
function flat(texts: Record<string, unknown>, before = ""): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === "string") all.set(before + key, value);
    else if (isRecord(value)) {
      for (const [name, text] of flat(value, `${before}${key}.`)) all.set(name, text);
    }
  }
  return all;
}

const plural = /_(zero|one|two|few|many|other)$/;
const bases = (texts: Map<string, string>) => new Set([...texts.keys()].map((key) => key.replace(plural, "")));
const gaps = (text = "") => [...text.matchAll(/{{?(\w+)}}?/g)].map(([, name]) => name).sort();

const english = new Map([...flat(en), ...flat(laterEn), ...flat(dashboardEn)]);

describe.each([
  ["en", english],
  ["es", new Map([...flat(es), ...flat(laterEs), ...flat(dashboardEs)])],
  ["pt", new Map([...flat(pt), ...flat(laterPt), ...flat(dashboardPt)])],
])("the texts in %s", (language, texts) => {
  it("are there, each of them, and none is empty", () => {
    expect([...bases(texts)].sort()).toEqual([...bases(english)].sort());
    expect([...texts].filter(([, text]) => text.trim() === "")).toEqual([]);
  });

  it("have every form of the plural that the language has", () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const counted = new Set([...texts.keys()].filter((key) => plural.test(key)).map((key) => key.replace(plural, "")));
    for (const key of counted) {
      for (const form of forms) expect(texts.has(`${key}_${form}`), `${key}_${form}`).toBe(true);
    }
  });

  it("have the same gaps to fill as in English", () => {
    for (const [key, text] of texts) {
      const model = english.get(key) ?? english.get(key.replace(plural, "_other"));
      expect(gaps(text), key).toEqual(gaps(model));
    }
  });
});
