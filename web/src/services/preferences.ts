import { browserLanguage, type Language, languageCodes, speak } from "../i18n";
import { api, unwrap } from "./client";
import { isText, number, oneOf, record } from "./read";

const key = "microdemo.preferences"; // boot.js reads it too

export const themes = ["system", "light", "dark"] as const;
export const palettes = ["auto", "brand", "safe"] as const;
export const methods = ["auto", "linear", "exp", "hw"] as const;
export const seasons = ["auto", "weekday", "none"] as const;
export const confidences = ["0.8", "0.95", "0.99"] as const;

export interface Preferences {
  theme: (typeof themes)[number];
  /** Undefined: the browser's. */
  language: Language | undefined;
  chart_palette: (typeof palettes)[number];
  forecast: {
    /** 1 to 90. */
    days: number;
    method: (typeof methods)[number];
    seasonality: (typeof seasons)[number];
    conf: (typeof confidences)[number];
  };
  /** The hidden columns of each table. */
  hidden_columns: Record<string, string[]>;
}

/** Reads stored preferences; invalid values count as not set. */
function read(from: unknown): Preferences {
  const all = record(from);
  const forecast = record(all.forecast);
  const days = number(forecast.days);
  const hidden = Object.entries(record(all.hidden_columns)).flatMap(([table, columns]) =>
    Array.isArray(columns) ? [[table, columns.filter(isText)] as const] : [],
  );
  return {
    theme: oneOf(themes, all.theme) ?? "system",
    language: oneOf(languageCodes, all.language),
    chart_palette: oneOf(palettes, all.chart_palette) ?? "auto",
    forecast: {
      days: days !== undefined && Number.isInteger(days) && days >= 1 && days <= 90 ? days : 14,
      method: oneOf(methods, forecast.method) ?? "auto",
      seasonality: oneOf(seasons, forecast.seasonality) ?? "auto",
      conf: oneOf(confidences, forecast.conf) ?? "0.95",
    },
    hidden_columns: Object.fromEntries(hidden),
  };
}

let current = read(localCopy());
/** The server's copy, including what this version does not know. */
let stored: Record<string, unknown> = {};
const listeners = new Set<() => void>();

function localCopy(): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}");
  } catch {
    return {};
  }
}

async function apply(next: Preferences) {
  const language = next.language ?? browserLanguage();
  current = next;
  try {
    localStorage.setItem(key, JSON.stringify(next)); // for the next first paint
  } catch {
    // Without storage the next first paint follows the system.
  }
  const { dataset } = document.documentElement;
  if (next.theme === "system") delete dataset.theme;
  else dataset.theme = next.theme;
  if (next.chart_palette === "auto") delete dataset.palette;
  else dataset.palette = next.chart_palette;
  for (const notify of listeners) notify();
  if (document.documentElement.lang !== language || !spoken) {
    spoken = true;
    await speak(language);
  }
}
let spoken = false;

export const preferencesStore = {
  get: () => current,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
  /** Applies what is stored on this device. */
  start: () => apply(current),
  /** Applies the server's copy of the signed-in user; what it lacks stays as it is here. */
  adopt: (atServer: Record<string, unknown>) => {
    stored = atServer;
    return apply(read({ ...current, ...atServer }));
  },
  /** Changes some on this device only. */
  changeHere: (change: Partial<Preferences>) => apply({ ...current, ...change }),
};

let saving: Promise<unknown> = Promise.resolve();

/** Changes some, here at once and then on the server, in the order of the changes. */
export async function changePreferences(change: Partial<Preferences>) {
  void preferencesStore.changeHere(change);
  stored = { ...stored, ...change };
  const body = { preferences: stored };
  const saved = saving.then(() => unwrap(api.PUT("/users/me/preferences", { body })));
  saving = saved.catch(() => undefined);
  await saved;
}
