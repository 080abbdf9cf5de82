import { TokenProviderError, UsageError } from '../errors.ts';
import { deferred } from '../support/deferred.ts';
import type { SetTimer } from '../support/timeout.ts';

export interface TokenRequest {
  /** The server refused the last token: do not return a cached one. */
  readonly refused: boolean;
}

export type TokenSource = string | ((request: TokenRequest) => string | Promise<string>);

/** @throws UsageError */
export function checkToken(source: unknown): void {
  if (typeof source !== 'string' && typeof source !== 'function') {
    throw new UsageError('the option "token" must be a text, or a function that gives one');
  }
}

/**
 * Asks the application for a token. The provider may never return: after `ms` it counts as failed.
 * Blanks around a token, such as a file's newline, are removed.
 * @throws TokenProviderError
 */
export async function askToken(
  source: TokenSource,
  ms: number,
  setTimer: SetTimer,
  refused = false,
): Promise<string> {
  if (typeof source === 'string') return source.trim();
  const late = deferred<never>();
  const cancel = setTimer(() => late.reject(new Error(`it took longer than ${ms} ms`)), ms);
  try {
    const token: unknown = await Promise.race([source({ refused }), late.promise]);
    if (typeof token === 'string') return token.trim();
    throw new Error(`it gave ${token === null ? 'null' : typeof token} in place of a text`);
  } catch (error) {
    throw new TokenProviderError(error);
  } finally {
    cancel();
  }
}
