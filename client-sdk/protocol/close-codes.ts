import * as number from './close-numbers.ts';

export { type Retry, retryAfter } from './close-numbers.ts';

export interface CloseCode {
  readonly code: number;
  /** At most 123 bytes, as RFC 6455 asks of a close reason. */
  readonly reason: string;
  readonly retry: number.Retry;
}

function close<Code extends number>(code: Code, reason: string) {
  return { code, reason, retry: number.retryAfter(code) } as const;
}

/**
 * Every close the server sends on purpose. The server closes with the value, the client decides by `retry`.
 * 1006 is absent on purpose: it is never on the wire, a client sees it when the connection broke, and resumes.
 */
export const CLOSE = {
  normal: close(number.NORMAL, 'normal closure'),
  goingAway: close(1001, 'server is going away'),
  tooLarge: close(number.TOO_LARGE, 'frame is larger than allowed'),
  drain: close(1012, 'server restarts'),
  overloaded: close(1013, 'server is overloaded, try again later'),
  internal: close(4100, 'internal error'),
  slowConsumer: close(number.SLOW_CONSUMER, 'slow consumer: backlog limit reached'),
  noPong: close(number.NO_PONG, 'no pong in time'),
  tokenExpired: close(number.TOKEN_EXPIRED, 'token expired'),
  badFrame: close(number.BAD_FRAME, 'bad frame'),
  badToken: close(number.BAD_TOKEN, 'token missing or not valid'),
  forbidden: close(number.FORBIDDEN, 'forbidden or revoked'),
  noSubprotocol: close(number.NO_SUBPROTOCOL, 'no common subprotocol'),
  helloTimeout: close(4408, 'not authenticated in time'),
  duplicateSubscription: close(number.DUPLICATE_SUBSCRIPTION, 'subscription id is in use'),
  limit: close(4429, 'too many connections'),
} as const satisfies Record<string, CloseCode>;
