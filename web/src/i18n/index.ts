import i18n from "i18next";
import { initReactI18next } from "react-i18next";
import { oneOf } from "../services/read";
import type { en } from "./en";
import type { dashboard } from "./dashboard/en";
import type { later } from "./later/en";

/** The languages, each called as it calls itself. */
export const languages = { en: "English", es: "Español", pt: "Português" };
export type Language = keyof typeof languages;
export const languageCodes: Language[] = ["en", "es", "pt"];

/** The shape of a language: the keys of English, and further forms of the plural. */
type Shape<T> = { [K in keyof T]: T[K] extends string ? string : Shape<T[K]> } & Record<`${string}_many`, string>;
export type Translation = Shape<typeof en>;
export type Later = Shape<typeof later>;
export type DashboardTexts = Shape<typeof dashboard>;

// Each language is a file of its own, and only the one that is spoken is loaded.
const load: Record<Language, () => Promise<Translation>> = {
  en: async () => (await import("./en")).en,
  es: async () => (await import("./es")).es,
  pt: async () => (await import("./pt")).pt,
};

// What the first page does not say is in files of its own, by topic.
const topics = {
  later: {
    en: async () => (await import("./later/en")).later,
    es: async () => (await import("./later/es")).later,
    pt: async () => (await import("./later/pt")).later,
  },
  dashboard: {
    en: async () => (await import("./dashboard/en")).dashboard,
    es: async () => (await import("./dashboard/es")).dashboard,
    pt: async () => (await import("./dashboard/pt")).dashboard,
  },
};
/** "server" is what the services say, which they say in English. */
type Topic = keyof typeof topics | "server";
const wanted = new Set<Topic>();

async function addTopic(topic: Topic, language: string) {
  const code = oneOf(languageCodes, language);
  if (topic === "server") await addTranslator(code);
  else if (code) i18n.addResourceBundle(code, "translation", await topics[topic][code](), true);
}

const translators: Partial<Record<string, (sentence: string) => string>> = {};

async function addTranslator(code: Language | undefined) {
  if (code === undefined || code === "en" || translators[code]) return;
  try {
    translators[code] = await (await import("./server")).translator(code);
  } catch {
    // The network may be what is wrong, and better said in English than not at all.
  }
}

/** A sentence of the services, or a part of one, in the language that is spoken, if the topic "server" is loaded. */
export const say = (sentence: string) => translators[i18n.language]?.(sentence) ?? sentence;

/** Loads something together with the texts of a topic, which it says. */
export async function withTexts<T>(loading: Promise<T>, topic: Topic = "later"): Promise<T> {
  wanted.add(topic);
  const [loaded] = await Promise.all([loading, addTopic(topic, i18n.language)]);
  return loaded;
}

/** The language that suits this browser best. */
export function browserLanguage(): Language {
  for (const wanted of navigator.languages) {
    const found = oneOf(languageCodes, wanted.slice(0, 2).toLowerCase());
    if (found) return found;
  }
  return "en";
}

/** Speaks a language from now on. */
export async function speak(language: Language) {
  if (!i18n.isInitialized) {
    await i18n.use(initReactI18next).init({
      lng: language,
      resources: { [language]: { translation: await load[language]() } },
      fallbackLng: false, // a test sees to it that no key is missing
      interpolation: { escapeValue: false }, // React does
    });
  } else {
    if (!i18n.hasResourceBundle(language, "translation")) {
      i18n.addResourceBundle(language, "translation", await load[language]());
    }
    await Promise.all([...wanted].map((topic) => addTopic(topic, language)));
    await i18n.changeLanguage(language);
  }
  document.documentElement.lang = language;
}
