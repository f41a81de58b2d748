import i18n from "i18next";
import { loadTexts, say as translate, withTranslator } from "../i18n";
import type { fieldRules, problems } from "../types/problems";
import { isText, record, text } from "./read";

/** What the services say, by code, in a language that they do not speak. */
export interface ServiceTexts {
  problems: Partial<Record<keyof typeof problems, string>>;
  rules: Partial<Record<keyof typeof fieldRules, string>>;
}

export interface FieldError {
  location: string;
  message: string;
  value?: unknown;
}

/** The text of a code with its values, in the language of the console; without a translation the service's own words. */
function textOf(key: string, values: Record<string, unknown>, own: string): string {
  const translation: unknown = i18n.getResource(i18n.language, "problems", key);
  return isText(translation) ? i18n.services.interpolator.interpolate(translation, values, i18n.language, {}) : translate(own);
}

/** What a request failed with: a problem document (RFC 9457), or no answer at all. */
export class ApiError extends Error {
  override name = "ApiError";

  constructor(
    /** The HTTP status; 0 when no answer came. */
    readonly status: number,
    /** One sentence for a person. */
    message: string,
    private readonly problem: Record<string, unknown> = {},
    /** Seconds the server asks to wait. */
    readonly retryAfter?: number,
  ) {
    super(message);
    const code = text(problem.type)?.split("/").at(-1);
    // Read late, so that it follows a change of the language.
    Object.defineProperty(this, "message", { get: () => textOf(`problems.${code}`, { ...this.fields[0], ...problem }, message) });
  }

  /** What is wrong with which field. */
  get fields(): FieldError[] {
    const { errors } = this.problem;
    return (Array.isArray(errors) ? errors.map(record) : []).flatMap(({ location, message, value, code, ...values }) =>
      isText(location) && isText(message) ? { location, message: textOf(`rules.${text(code)}`, values, message), value } : [],
    );
  }

  /** Whether the same request may succeed in a moment. */
  get isTemporary() {
    return [0, 429, 502, 503, 504].includes(this.status);
  }
}

/** The error of an answer with this status and body, once its translation is loaded. */
export async function errorFrom(status: number, body: unknown, wait?: number): Promise<ApiError> {
  await loadTexts(["problems"]).catch(() => undefined); // the network may be what is wrong: better English than nothing
  const problem = record(body);
  const own = () => (status >= 502 && status <= 504 ? i18n.t("errors.away") : i18n.t("errors.status", { status }));
  return withTranslator(new ApiError(status, text(problem.detail) ?? own(), problem, wait));
}

/** Seconds of a Retry-After header (RFC 9110, 10.2.3), at most two minutes. */
export function retryAfter(headers: Headers): number | undefined {
  const value = headers.get("Retry-After");
  if (value === null) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), 120) : undefined;
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, i18n.t("errors.unreachable"));
}
