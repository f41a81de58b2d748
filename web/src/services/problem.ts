import { z } from "zod/mini";

const problem = z.object({
  detail: z.string(),
  errors: z.optional(
    z.array(z.object({ location: z.string(), message: z.string(), value: z.optional(z.unknown()) })),
  ),
});

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
    readonly fields: FieldError[] = [],
  ) {
    super(message);
  }

  /** Whether the same request may succeed in a moment. */
  get isTemporary() {
    return [0, 429, 502, 503, 504].includes(this.status);
  }
}

/** The error of an answer with this status and body. */
export function errorFrom(status: number, body: unknown): ApiError {
  const read = problem.safeParse(body);
  if (read.success) return new ApiError(status, read.data.detail, read.data.errors);
  if (status >= 502 && status <= 504) return new ApiError(status, "The service does not answer just now.");
  return new ApiError(status, `The server answered with status ${status}.`);
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, "The server cannot be reached. Check the connection and try again.");
}
