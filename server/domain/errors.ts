/** The few things that can go wrong inside. Each door (Nova, our API, the stream) translates them to its own words. */
export const ERROR_CODES = [
  'invalid',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'not_implemented',
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

  constructor(code: ErrorCode, message: string, options?: ErrorOptions & { readonly field?: string }) {
    super(message, options);
    this.name = 'DomainError';
    this.code = code;
    this.field = options?.field;
  }
}
