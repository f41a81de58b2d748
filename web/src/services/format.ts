/** An amount as the API writes it: a decimal string, or a number. */
export type Money = string | number;

const amount = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const whole = new Intl.NumberFormat();
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export const formatMoney = (money: Money) => amount.format(Number(money));
export const formatCount = (count: number) => whole.format(count);
export const formatTime = (rfc3339: string) => moment.format(new Date(rfc3339));

/** In hundredths, so that sums are exact. */
export const inCents = (money: Money) => Math.round(Number(money) * 100);

/** The beginning and the end of an id that is too long for a table: the ends tell ids apart. */
export const shortId = (id: string) => (id.length > 16 ? `${id.slice(0, 7)}…${id.slice(-6)}` : id);

export const plural = (count: number, one: string, many: string) => `${formatCount(count)} ${count === 1 ? one : many}`;
