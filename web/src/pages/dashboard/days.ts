import type { AnomalousDay, DayPoint, ForecastOutputBody } from "../../types/orders";

/** A day of a chart, with what is known of it. */
export interface Day {
  date: string;
  /** The value of a past day; in a chart without a forecast, of any day. */
  actual?: number;
  /** The value of today so far. */
  soFar?: number;
  expected?: number;
  band?: [lower: number, upper: number];
  odd?: AnomalousDay;
}

/** The revenue of the last days, followed by the forecast. */
export function revenueDays(series: DayPoint[], forecast: ForecastOutputBody | undefined): Day[] {
  const today = forecast?.forecast[0]?.date ?? series.at(-1)?.date ?? "";
  const odd = new Map(forecast?.anomalies.map((day) => [day.date, day]));
  const days = new Map<string, Day>();
  for (const { date, revenue } of series) {
    const found = odd.get(date);
    days.set(date, { date, ...(date < today ? { actual: revenue } : { soFar: revenue }), ...(found && { odd: found }) });
  }
  // The line of the forecast begins where the other one ends.
  const last = [...days.values()].findLast(({ actual }) => actual !== undefined);
  if (last?.actual !== undefined && forecast) {
    last.expected = last.actual;
    last.band = [last.actual, last.actual];
  }
  for (const { date, revenue, lower, upper } of forecast?.forecast ?? []) {
    days.set(date, { ...days.get(date), date, expected: revenue, band: [lower, upper] });
  }
  return [...days.values()];
}

/** Whether a day is forecast, rather than the last past day, where the line of the forecast begins. */
export const isForecast = (day: Day) => day.actual === undefined && day.expected !== undefined;

/** The address of the orders of a day. */
export const ordersOf = (date: string) => `/app/orders?created_from=${date}&created_to=${date}`;

/** Days as CSV (RFC 4180), with the API's names and decimal points. */
export function daysAsCSV(days: Day[], value: string): string {
  const forecast = days.some(isForecast);
  const header = ["date", value, ...(forecast ? ["expected", "lower", "upper", "z"] : [])];
  const lines = days.map((day) => {
    const ahead = isForecast(day);
    const more = [ahead ? day.expected : undefined, ahead ? day.band?.[0] : undefined, ahead ? day.band?.[1] : undefined, day.odd?.z];
    return [day.date, day.actual ?? day.soFar, ...(forecast ? more : [])];
  });
  return [header, ...lines].map((line) => line.map((cell) => cell ?? "").join(",") + "\r\n").join("");
}

const styles = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity", "font-size", "font-family", "text-anchor"];

/** A chart as a standalone SVG, with the page's styles and colours written into it. */
export function chartAsSVG(chart: SVGSVGElement, title: string): string {
  const copy = chart.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) return "";
  const originals = chart.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((element, index) => {
    const original = originals[index];
    element.removeAttribute("class");
    element.removeAttribute("style");
    if (!original) return;
    const style = getComputedStyle(original);
    for (const name of styles) {
      const value = style.getPropertyValue(name);
      if (value) element.setAttribute(name, value);
    }
  });
  for (const link of copy.querySelectorAll("a")) link.replaceWith(...link.childNodes);
  const { width, height } = chart.getBoundingClientRect();
  const [w, h] = [Math.round(width) || 800, Math.round(height) || 300];
  const svg = "http://www.w3.org/2000/svg";
  copy.removeAttribute("class");
  copy.removeAttribute("style");
  copy.setAttribute("width", String(w));
  copy.setAttribute("height", String(h));
  copy.setAttribute("viewBox", `0 0 ${w} ${h}`);
  const name = document.createElementNS(svg, "title");
  name.textContent = title;
  const ground = document.createElementNS(svg, "rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", getComputedStyle(chart.closest("section") ?? chart).backgroundColor || "white");
  copy.prepend(name, ground);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
}

/** Saves a text as a file. */
export function download(name: string, type: string, content: string) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
