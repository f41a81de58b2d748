import i18n from "i18next";
import { text } from "../../services/read";

/**
 * What the services say, as its format stands in Go, and the translation. There
 * {{1}} is the first value as it is, {{1, say}} one that is a sentence itself,
 * {{1, status}} one or several statuses, {{1, role}} a role.
 */
const catalogues = {
  es: () => import("./es.json"),
  pt: () => import("./pt.json"),
};

const verb = /%(?:\.\d+)?([a-z])/;
const shapes: Record<string, string> = { d: "(-?\\d+)", q: '("(?:[^"\\\\]|\\\\.)*")' };

/** The pattern of the sentences that are made from a format. */
function patternOf(format: string) {
  const parts = format.split(verb); // texts, and between them the letters of the verbs
  const source = parts.map((part, i) => (i % 2 ? (shapes[part] ?? "([^]*?)") : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")));
  return new RegExp(`^${source.join("")}$`);
}

const fixedLength = (format: string) => format.split(verb).reduce((sum, part, i) => sum + (i % 2 ? 0 : part.length), 0);

/** A function that translates what the services say; what is not in the catalogue it leaves as it is. */
export async function translator(language: keyof typeof catalogues): Promise<(sentence: string) => string> {
  const { default: catalogue } = await catalogues[language]();
  const templates = Object.entries(catalogue)
    .sort(([a], [b]) => fixedLength(b) - fixedLength(a)) // of those that fit, the one that says most
    .map(([format, translation]) => ({ pattern: patternOf(format), translation }));

  const name = (kind: string, word: string) =>
    text(i18n.getResource(language, "common", `${kind}.${word}`))?.toLocaleLowerCase(language) ?? word;
  const forms: Record<string, (value: string) => string> = {
    say: (value) => find(value) ?? value,
    status: (value) =>
      new Intl.ListFormat(language, { type: "disjunction" }).format(value.split(/, | or /).map((word) => name("status", word))),
    role: (value) => name("roles", value),
  };

  function made(sentence: string): string | undefined {
    for (const { pattern, translation } of templates) {
      const values = pattern.exec(sentence);
      if (!values) continue;
      return translation.replace(/{{(\d)(?:, (\w+))?}}/g, (_gap, place: string, form?: string) => {
        const value = values[Number(place)] ?? "";
        return (form && forms[form]?.(value)) ?? value;
      });
    }
    return undefined;
  }

  /** The places it is about stay as they are, and what the services put behind a sentence is put behind it again. */
  function find(sentence: string): string | undefined {
    const [, start = "", stop = "", more = ""] = /^([^]*?)(\.?)( \(\d+ more\))?$/.exec(sentence) ?? [];
    for (let at = 0; ; ) {
      const about = start.slice(at);
      const bare = () => {
        const found = made(about);
        return found === undefined ? undefined : found + stop;
      };
      const found = made(about + stop) ?? bare();
      if (found !== undefined) return start.slice(0, at) + found + (made(more) ?? more);
      const place = /^[a-z][^\s:]*: /.exec(about);
      if (!place) return undefined;
      at += place[0].length;
    }
  }

  return (sentence) => find(sentence) ?? sentence;
}
