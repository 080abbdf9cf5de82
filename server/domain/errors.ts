/** The few kinds of error used inside. Each API (Nova, ours, the stream) translates them to its own form. */
export const ERROR_CODES = [
  'invalid',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'not_implemented',
  'too_many',
  'unavailable',
  'storage_full',
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * An error whose message the caller may see. Any other thrown error is `internal`: its detail goes to the log, never to
 * a client.
 */
export class DomainError extends Error {
  readonly code: ErrorCode;
  /** For `invalid`: the field, as a path such as `instances[3].host`. */
  readonly field: string | undefined;
  /** For `too_many` and `unavailable`: when the caller may try again. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options?: DomainErrorOptions) {
    super(message, options);
    this.name = 'DomainError';
    this.code = code;
    this.field = options?.field;
    this.retryAfterMs = options?.retryAfterMs;
  }
}

export interface DomainErrorOptions extends ErrorOptions {
  readonly field?: string;
  readonly retryAfterMs?: number;
}

/** Seconds for `Retry-After`, if a response with this code has one. */
export function retryAfterOf(error: DomainError): number | undefined {
  if (error.retryAfterMs !== undefined) return Math.max(1, Math.ceil(error.retryAfterMs / 1_000));
  return error.code === 'unavailable' || error.code === 'storage_full' ? 5 : undefined;
}
