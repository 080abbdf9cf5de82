/** One login at a Keystone: `POST /v3/auth/tokens`. */
import { HostbeatError, messageOf, UsageError } from '../errors.ts';
import { urlsOf } from '../options.ts';
import type { IssuedToken, KeystoneOptions, Named } from './options.ts';

/** Keystone gave no token. */
export class KeystoneError extends HostbeatError {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Whether Keystone itself, not something in between, gave the answer. */
  readonly isOwn: boolean;

  constructor(status: number, message: string, options?: ErrorOptions & { readonly isOwn?: boolean }) {
    super(message, options);
    this.status = status;
    this.isOwn = options?.isOwn ?? false;
  }

  /** Wrong credentials stay wrong; everything else may pass. */
  override shouldRetry(): boolean {
    return this.status !== 401 && this.status !== 403;
  }
}

/**
 * @returns a function that logs in
 * @throws UsageError for options that cannot work
 */
export function logIn(options: KeystoneOptions): () => Promise<IssuedToken> {
  const urls = urlsOf(options.authUrl, 'authUrl').map((url) => `${identityUrl(url)}/auth/tokens`);
  const body = JSON.stringify({ auth: authOf(options) });
  const { timeoutMs = 10_000, fetch = globalThis.fetch.bind(globalThis) } = options;
  const ask = loginAt(body, timeoutMs / urls.length, fetch);
  let at = 0;
  return async () => {
    for (let left = urls.length; ; left--) {
      try {
        return await ask(urls[at] as string);
      } catch (error) {
        const { status, isOwn } = error as KeystoneError;
        // Every Keystone refuses the same credentials.
        if (left <= 1 || (isOwn && status >= 400 && status < 500)) throw error;
        at = (at + 1) % urls.length;
      }
    }
  };
}

function loginAt(body: string, timeoutMs: number, fetch: typeof globalThis.fetch) {
  return async (url: string): Promise<IssuedToken> => {
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body,
        // Redirects are refused: the password is sent to no other address.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await answer.text();
    } catch (error) {
      throw new KeystoneError(0, `${url} does not answer: ${messageOf(error)}`, { cause: error });
    }
    const token = answer.headers.get('x-subject-token')?.trim();
    if (answer.status !== 201 || !token) throw refusal(url, answer.status, text);
    return { token, lifeMs: lifeOf(text) };
  };
}

/** @throws UsageError naming the option */
function identityUrl(authUrl: string): string {
  let url: URL;
  try {
    url = new URL(authUrl);
  } catch {
    throw new UsageError('the option "authUrl" is not a URL: give "https://keystone.example:5000/v3"');
  }
  if (!/^https?:$/.test(url.protocol)) {
    throw new UsageError(`the option "authUrl" begins with "${url.protocol}": use https: or http:`);
  }
  if (url.username || url.password) {
    throw new UsageError('the option "authUrl" holds a secret, which would end in logs: use "password"');
  }
  const path = url.pathname.replace(/\/+$/, '').replace(/\/auth\/tokens$/, '');
  return `${url.origin}${/\/v3$/.test(path) ? path : `${path}/v3`}`;
}

/** @throws UsageError */
function authOf({ applicationCredential, password, token, project }: KeystoneOptions): object {
  const given = [applicationCredential, password, token].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new UsageError('give exactly one of the options "applicationCredential", "password" and "token"');
  }
  const scope = project === undefined ? {} : { scope: { project: named(project) } };
  if (applicationCredential !== undefined) {
    if (project !== undefined) {
      throw new UsageError('leave out the option "project": an application credential has its own');
    }
    const credential =
      'user' in applicationCredential
        ? { ...applicationCredential, user: named(applicationCredential.user) }
        : applicationCredential;
    const methods = ['application_credential'];
    return { identity: { methods, application_credential: credential } };
  }
  if (password !== undefined) {
    if (project === undefined)
      throw new UsageError('the option "project" is missing: whose servers are they?');
    const user = { ...named(password.user), password: password.password };
    return { identity: { methods: ['password'], password: { user } }, ...scope };
  }
  return { identity: { methods: ['token'], token: { id: token } }, ...scope };
}

function named(who: Named): object {
  return 'id' in who ? { id: who.id } : { name: who.name, domain: who.domain ?? { id: 'default' } };
}

/** Keystone's message, if it has one. It never contains the secret. */
function refusal(url: string, status: number, text: string): KeystoneError {
  if (status >= 300 && status < 400) {
    return new KeystoneError(status, `${url} answered with a redirect (${status}): check "authUrl"`);
  }
  let message: unknown;
  try {
    message = (JSON.parse(text) as { error?: { message?: unknown } }).error?.message;
  } catch {
    // A proxy's page, not Keystone's answer.
  }
  const words = typeof message === 'string' ? `: ${message.slice(0, 300)}` : '';
  return new KeystoneError(status, `${url} answered ${status}${words}`, { isOwn: words !== '' });
}

/** The difference of Keystone's own times. */
function lifeOf(text: string): number | undefined {
  try {
    const { token } = JSON.parse(text) as { token?: { issued_at?: string; expires_at?: string } };
    const life = Date.parse(token?.expires_at ?? '') - Date.parse(token?.issued_at ?? '');
    return life > 0 ? life : undefined;
  } catch {
    return undefined;
  }
}
