/**
 * What a client does after a close: `resume` connect again with back-off and resume; `refresh` fetch a new token
 * first; `stop` do nothing until the application acts.
 */
export type Retry = 'resume' | 'refresh' | 'stop';

export interface CloseCode {
  readonly code: number;
  /** At most 123 bytes, as RFC 6455 asks of a close reason. */
  readonly reason: string;
  readonly retry: Retry;
}

/**
 * Every close the server sends on purpose. The server closes with the value, the client decides by `retry`.
 * 1006 is absent on purpose: it is never on the wire, a client sees it when the connection broke, and resumes.
 */
export const CLOSE = {
  normal: { code: 1000, reason: 'normal closure', retry: 'resume' },
  goingAway: { code: 1001, reason: 'server is going away', retry: 'resume' },
  tooLarge: { code: 1009, reason: 'frame is larger than allowed', retry: 'stop' },
  drain: { code: 1012, reason: 'server restarts', retry: 'resume' },
  overloaded: { code: 1013, reason: 'server is overloaded, try again later', retry: 'resume' },
  internal: { code: 4100, reason: 'internal error', retry: 'resume' },
  slowConsumer: { code: 4101, reason: 'slow consumer: backlog limit reached', retry: 'resume' },
  noPong: { code: 4102, reason: 'no pong in time', retry: 'resume' },
  tokenExpired: { code: 4103, reason: 'token expired', retry: 'refresh' },
  badFrame: { code: 4400, reason: 'bad frame', retry: 'stop' },
  badToken: { code: 4401, reason: 'token missing or not valid', retry: 'stop' },
  forbidden: { code: 4403, reason: 'forbidden or revoked', retry: 'stop' },
  noSubprotocol: { code: 4406, reason: 'no common subprotocol', retry: 'stop' },
  helloTimeout: { code: 4408, reason: 'not authenticated in time', retry: 'resume' },
  duplicateSubscription: { code: 4409, reason: 'subscription id is in use', retry: 'stop' },
  limit: { code: 4429, reason: 'too many connections', retry: 'resume' },
} as const satisfies Record<string, CloseCode>;

const byCode = new Map<number, CloseCode>(Object.values(CLOSE).map((close) => [close.code, close]));

/** What a client does after this close code. A code that is not ours counts as a broken connection: resume. */
export function retryAfter(code: number): Retry {
  return byCode.get(code)?.retry ?? 'resume';
}
