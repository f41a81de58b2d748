import i18n from "i18next";
import { say, withTranslator } from "../i18n";
import { record, text } from "./read";

export interface FieldError {
  location: string;
  message: string;
  value?: unknown;
}

/** What a request failed with: a problem document (RFC 9457), or no answer at all. */
export class ApiError extends Error {
  override name = "ApiError";

  constructor(
    /** The HTTP status; 0 when no answer came. */
    readonly status: number,
    /** One sentence for a person. */
    message: string,
    private readonly complaints: FieldError[] = [],
    /** Seconds the server asks to wait. */
    readonly retryAfter?: number,
  ) {
    super(message);
    // In the language of whenever it is read.
    Object.defineProperty(this, "message", { get: () => say(message) });
  }

  /** What is wrong with which field. */
  get fields(): FieldError[] {
    return this.complaints.map((complaint) => ({ ...complaint, message: say(complaint.message) }));
  }

  /** Whether the same request may succeed in a moment. */
  get isTemporary() {
    return [0, 429, 502, 503, 504].includes(this.status);
  }
}

/** The error of an answer with this status and body, once it can be said in the language that is spoken. */
export function errorFrom(status: number, body: unknown, wait?: number): Promise<ApiError> {
  return withTranslator(read(status, body, wait));
}

function read(status: number, body: unknown, wait: number | undefined): ApiError {
  const problem = record(body);
  const detail = text(problem.detail);
  if (detail !== undefined) return new ApiError(status, detail, fieldErrors(problem.errors), wait);
  if (status >= 502 && status <= 504) return new ApiError(status, i18n.t("errors.away"), [], wait);
  return new ApiError(status, i18n.t("errors.status", { status }), [], wait);
}

function fieldErrors(errors: unknown): FieldError[] {
  if (!Array.isArray(errors)) return [];
  return errors.map(record).flatMap(({ location, message, value }) =>
    typeof location === "string" && typeof message === "string" ? [{ location, message, value }] : [],
  );
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
