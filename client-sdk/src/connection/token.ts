import { TokenProviderError } from '../errors.ts';
import type { SetTimer } from '../support/timeout.ts';

export type TokenSource = string | (() => string | Promise<string>);

/**
 * Asks the application for a token. Whatever its provider waits for may never come: after `ms` it counts as failed.
 * @throws TokenProviderError
 */
export async function askToken(source: TokenSource, ms: number, setTimer: SetTimer): Promise<string> {
  if (typeof source === 'string') return source;
  const late = Promise.withResolvers<never>();
  const cancel = setTimer(() => late.reject(new Error(`it took longer than ${ms} ms`)), ms);
  try {
    return await Promise.race([source(), late.promise]);
  } catch (error) {
    throw new TokenProviderError(error);
  } finally {
    cancel();
  }
}
