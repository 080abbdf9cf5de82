/**
 * Entry point `./keystone`: tokens of a Keystone, for the option `token`. A token is cached until shortly before
 * it expires, or until the server refuses it; then the next is fetched.
 */
import type { TokenRequest } from './connection/token.ts';
import { logIn } from './keystone/login.ts';
import type { KeystoneOptions } from './keystone/options.ts';
import { checkMs } from './support/numbers.ts';

export { keystoneEnvironment } from './keystone/environment.ts';
export { KeystoneError } from './keystone/login.ts';
export type { KeystoneOptions, Named } from './keystone/options.ts';

/**
 * A provider for the option `token`: `connect({ url, token: keystoneToken({ authUrl, … }) })`.
 * @throws UsageError for options that cannot work; the provider throws KeystoneError
 */
export function keystoneToken(options: KeystoneOptions): (request?: TokenRequest) => Promise<string> {
  const { renewAheadMs = 60_000, now = () => performance.now() } = options;
  checkMs('renewAheadMs', options.renewAheadMs);
  checkMs('timeoutMs', options.timeoutMs, 1);
  const ask = logIn(options);
  let kept: { readonly token: string; readonly until: number } | undefined;
  let asking: Promise<string> | undefined;

  const fetchToken = async (): Promise<string> => {
    // Counted from before the request, so that a slow answer does not lengthen the token's life.
    const begun = now();
    const { token, lifeMs } = await ask();
    kept =
      lifeMs === undefined
        ? undefined
        : { token, until: begun + lifeMs - Math.min(renewAheadMs, lifeMs / 2) };
    return token;
  };

  return ({ refused } = { refused: false }) => {
    if (!refused && kept !== undefined && now() < kept.until) return Promise.resolve(kept.token);
    // Several clients of one provider share one login.
    asking ??= fetchToken().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}
