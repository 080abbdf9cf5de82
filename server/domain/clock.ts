/**
 * Wall-clock time in milliseconds since the Unix epoch. For people, `updated_at` and the log; it never decides
 * liveness.
 */
export type Instant = number;

/** Milliseconds. */
export type Duration = number;

/**
 * Milliseconds of a clock that only runs forward; the only time used for deadlines. Not comparable with `Instant`.
 */
export type Monotonic = number;

/** Both clocks, passed in everywhere so that tests control time. */
export interface Clock {
  /** Wall clock. */
  now(): Instant;
  /** Monotonic clock. */
  monotonic(): Monotonic;
}

/** The wire's time: RFC 3339, UTC, milliseconds. */
export function rfc3339(at: Instant): string {
  return new Date(at).toISOString();
}
