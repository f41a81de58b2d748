import i18n, { type BackendModule, type FlatNamespace } from "i18next";
import { initReactI18next } from "react-i18next";
import { oneOf } from "../services/read";

/** The languages, each by its own name. */
export const languages = { en: "English", es: "Español", pt: "Português" };
export type Language = keyof typeof languages;
export const languageCodes: Language[] = ["en", "es", "pt"];

/** The shape of a translation: the keys of English, and the plural form that English lacks. */
export type Translation<T> = { [K in keyof T]: T[K] extends string ? string : Translation<T[K]> } & {
  [K in keyof T as K extends `${infer Base}_other` ? `${Base}_many` : never]: string;
};

// One file per feature and language, loaded with the feature.
const files = import.meta.glob<Record<string, unknown>>("../{components,services,pages/*}/texts/*.ts", { import: "default" });

/** Namespaces that are no feature's: the components' own texts, and the translation of problems. */
const folders: Partial<Record<string, string>> = { common: "components", problems: "services" };

const texts: BackendModule = {
  type: "backend",
  callbackApi: true,
  init: () => undefined,
  read: (language, namespace, done) => {
    const folder = folders[namespace] ?? `pages/${namespace}`;
    const load = files[`../${folder}/texts/${language}.ts`] ?? (() => Promise.resolve({})); // the services speak English
    load().then(
      (found) => done(null, found),
      (error: unknown) => done(error instanceof Error ? error : String(error), true), // true: a later call may try again
    );
  },
};

/** Loads the texts of features, so that showing them does not have to wait. */
export function loadTexts(namespaces: FlatNamespace[]) {
  return new Promise<void>((resolve, reject) => {
    void i18n.loadNamespaces(namespaces, (errors: Error[] | undefined) => (errors?.[0] ? reject(errors[0]) : resolve()));
  });
}

/** The language that suits this browser best. */
export function browserLanguage(): Language {
  for (const wanted of navigator.languages) {
    const found = oneOf(languageCodes, wanted.slice(0, 2).toLowerCase());
    if (found) return found;
  }
  return "en";
}

/** Switches to a language, once its texts are there. */
export async function speak(language: Language) {
  if (i18n.isInitialized) await i18n.reloadResources(language);
  else {
    await i18n.use(texts).use(initReactI18next).init({
      lng: language,
      ns: ["common"],
      defaultNS: "common",
      fallbackNS: "common",
      fallbackLng: false, // the compiler finds missing keys
      maxRetries: 0,
      appendNamespaceToMissingKey: true, // the journeys look for it
      interpolation: { escapeValue: false }, // React does
    });
  }
  if (!i18n.hasResourceBundle(language, "common")) throw new Error(`the texts in ${language} cannot be loaded`);
  if (translating) await addTranslator(language);
  await i18n.changeLanguage(language);
  document.documentElement.lang = language;
}

const translators: Partial<Record<string, (sentence: string) => string>> = {};
let translating = false;

async function addTranslator(language: string) {
  const code = oneOf(languageCodes, language);
  if (code === undefined || code === "en" || translators[code]) return;
  try {
    translators[code] = await (await import("./server")).translator(code);
  } catch {
    // The network may be what is wrong, and better said in English than not at all.
  }
}

/** A sentence of the services, or a part of one, in the language that is spoken, if a translator is loaded. */
export const say = (sentence: string) => translators[i18n.language]?.(sentence) ?? sentence;

export async function withTranslator<T>(value: T): Promise<T> {
  translating = true;
  await addTranslator(i18n.language);
  return value;
}
