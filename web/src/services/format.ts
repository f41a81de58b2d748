import i18n from "i18next";

/** An amount as the API writes it: a decimal string, or a number. */
export type Money = string | number;

/** A language in the variant of this browser, such as English with British dates. */
const asHere = (language: string) => navigator.languages.find((one) => one.split("-")[0] === language) ?? language;

/** One formatter per language, made on first use. */
function perLanguage<T>(make: (language: string) => T) {
  const made = new Map<string, T>();
  return (): T => {
    const language = i18n.language;
    let found = made.get(language);
    if (found === undefined) made.set(language, (found = make(asHere(language))));
    return found;
  };
}

const amount = perLanguage((l) => new Intl.NumberFormat(l, { minimumFractionDigits: 2, maximumFractionDigits: 2 }));
const whole = perLanguage((l) => new Intl.NumberFormat(l));
const signed = perLanguage((l) => new Intl.NumberFormat(l, { signDisplay: "exceptZero" }));
const percent = perLanguage((l) => new Intl.NumberFormat(l, { style: "percent" }));
const moment = perLanguage((l) => new Intl.DateTimeFormat(l, { dateStyle: "medium", timeStyle: "short" }));
const minute = perLanguage((l) => new Intl.DateTimeFormat(l, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" }));
const day = perLanguage((l) => new Intl.DateTimeFormat(l, { dateStyle: "medium" }));
const utcDay = perLanguage((l) => new Intl.DateTimeFormat(l, { dateStyle: "medium", timeZone: "UTC" }));
const utcShort = perLanguage((l) => new Intl.DateTimeFormat(l, { day: "numeric", month: "short", timeZone: "UTC" }));
const compact = perLanguage((l) => new Intl.NumberFormat(l, { notation: "compact", maximumSignificantDigits: 3 }));

export const formatMoney = (money: Money) => amount().format(Number(money));
export const formatCount = (count: number) => whole().format(count);
export const formatChange = (count: number) => signed().format(count);
export const formatPercent = (share: number) => percent().format(share);
export const formatTime = (rfc3339: string) => moment().format(new Date(rfc3339));
/** Without the year, for narrow places. */
export const formatShortTime = (rfc3339: string) => minute().format(new Date(rfc3339));
export const formatDay = (rfc3339: string) => day().format(new Date(rfc3339));
/** Days of analytics are days in UTC. */
export const formatDate = (date: string) => utcDay().format(new Date(date));
export const formatShortDate = (date: string) => utcShort().format(new Date(date));
/** Such as 12K, for axes. */
export const formatShort = (count: number) => compact().format(count);

const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
const size = perLanguage((l) =>
  units.map((unit) => new Intl.NumberFormat(l, { style: "unit", unit, unitDisplay: unit === "byte" ? "long" : "short", maximumFractionDigits: 1 })),
);

/** A number of bytes, in a suitable unit. */
export function formatSize(bytes: number) {
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return size()[step]?.format(bytes / 1000 ** step) ?? String(bytes);
}

/** In hundredths, so that sums are exact; accepts a decimal comma. */
export const inCents = (money: Money) => Math.round(Number(String(money).replace(",", ".")) * 100);

/** Shortens an id for tables; its beginning and end tell ids apart. */
export const shortId = (id: string) => (id.length > 16 ? `${id.slice(0, 7)}…${id.slice(-6)}` : id);

/** Formats an X-Total-Count, such as "12" or "10000+". */
export function formatTotal(total: string) {
  const number = Number.parseInt(total, 10);
  return Number.isNaN(number) ? total : formatCount(number) + (total.endsWith("+") ? "+" : "");
}
