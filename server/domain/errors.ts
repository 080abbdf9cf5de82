/** The few things that can go wrong inside. Each door (Nova, our API, the stream) translates them to its own words. */
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
 * An error whose message may be shown to the caller. Anything else that is thrown is `internal`: its detail goes to
 * the log and never to an answer.
 */
export class DomainError extends Error {
  readonly code: ErrorCode;
  /** Of `invalid`: which field is meant, as a path such as `instances[3].host`. */
  readonly field: string | undefined;
  /** Of `too_many` and `unavailable`: when the caller may try again. */
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

/** Seconds for `Retry-After`, where an answer of this code has one. */
export function retryAfterOf(error: DomainError): number | undefined {
  if (error.retryAfterMs !== undefined) return Math.max(1, Math.ceil(error.retryAfterMs / 1_000));
  return error.code === 'unavailable' || error.code === 'storage_full' ? 5 : undefined;
}
