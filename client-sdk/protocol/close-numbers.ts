/** The close codes that a client must know, without their texts, which would be a large part of a browser's bundle. */
export const NORMAL = 1000;
export const TOO_LARGE = 1009;
export const SLOW_CONSUMER = 4101;
export const NO_PONG = 4102;
export const TOKEN_EXPIRED = 4103;
export const BAD_FRAME = 4400;
export const BAD_TOKEN = 4401;
export const FORBIDDEN = 4403;
export const NO_SUBPROTOCOL = 4406;
export const DUPLICATE_SUBSCRIPTION = 4409;

/**
 * What a client does after a close: `resume` connect again with back-off and resume; `refresh` fetch a new token
 * first; `stop` do nothing until the application acts.
 */
export type Retry = 'resume' | 'refresh' | 'stop';

const FINAL: readonly number[] = [
  TOO_LARGE,
  BAD_FRAME,
  BAD_TOKEN,
  FORBIDDEN,
  NO_SUBPROTOCOL,
  DUPLICATE_SUBSCRIPTION,
];

/** What a client does after this close code. An unknown code counts as a broken connection: resume. */
export function retryAfter(code: number): Retry {
  if (code === TOKEN_EXPIRED) return 'refresh';
  return FINAL.includes(code) ? 'stop' : 'resume';
}
