/** `POST /v3/auth/tokens`, the one Keystone call that a client needs. */
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { ownMessage, redirectWords } from './own-answer.ts';
import { unreachable, whyNotReady } from './unreachable.ts';

type NameOrId = {
  readonly name: string;
  readonly domain: { readonly id: string } | { readonly name: string };
};

export interface Login {
  /** The identity's URLs, each with or without `/v3` at its end: the next one is tried where one does not answer. */
  readonly authUrls: readonly string[];
  readonly password?: { readonly user: (NameOrId | { readonly id: string }) & { readonly password: string } };
  readonly applicationCredential?: { readonly id: string; readonly secret: string };
  /** Absent: the user's default project, or none. */
  readonly project?: NameOrId | { readonly id: string } | undefined;
}

export interface LoginToken {
  readonly token: string;
  /** From issue to expiry, both by the server's clock. */
  readonly lifetimeMs: number | undefined;
}

const LOGIN_TIMEOUT_MS = 30_000;
/** Time limit for one of several URLs. */
const SHORT_TIMEOUT_MS = 5_000;

/** @throws CliError `noPermission` if the credentials are wrong, `unavailable` if no answer comes */
export async function logIn(login: Login): Promise<LoginToken> {
  const { authUrls } = login;
  let last: unknown;
  for (const url of authUrls) {
    try {
      return await logInAt(url, login, authUrls.length > 1 ? SHORT_TIMEOUT_MS : LOGIN_TIMEOUT_MS);
    } catch (error) {
      // The identity service itself refused: another node would refuse too.
      if (!(error instanceof CliError && error.exit === EXIT.unavailable)) throw error;
      last = error;
    }
  }
  throw last;
}

async function logInAt(authUrl: string, login: Login, timeoutMs: number): Promise<LoginToken> {
  const url = `${authUrl.replace(/\/+$/, '').replace(/\/v3$/, '')}/v3/auth/tokens`;
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(request(login)),
      // Redirects are not followed: the password goes to this address and to no other.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await answer.text();
  } catch (error) {
    throw unreachable(url, 'OS_AUTH_URL or --url', error);
  }
  const token = answer.headers.get('x-subject-token')?.trim();
  if (answer.status !== 201 || !token) {
    const message = ownMessage(text);
    const server = /^(.+)\/identity\/v3\/auth\/tokens$/.exec(url)?.[1];
    const why =
      answer.status === 503 && message !== undefined && server !== undefined
        ? await whyNotReady(server)
        : undefined;
    throw refusal(url, answer, why ?? message);
  }
  const body = parsed(text);
  const lifetime = Date.parse(body.token?.expires_at ?? '') - Date.parse(body.token?.issued_at ?? '');
  return { token, lifetimeMs: lifetime > 0 ? lifetime : undefined };
}

/** @param message the identity service's message; undefined if the answer is another program's page */
function refusal(url: string, { status, headers }: Response, message: string | undefined): CliError {
  if (status > 300 && status < 400)
    return new CliError(EXIT.unavailable, `${redirectWords(url, status, headers.get('location'))}.`);
  if (status === 401 && message !== undefined)
    return new CliError(
      EXIT.noPermission,
      `${url} does not accept the credentials: check OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME and the domains.`,
    );
  if (message === undefined || message === '' || status === 404)
    return new CliError(
      EXIT.unavailable,
      `logging in at ${url} failed with ${status}: is it an identity v3 endpoint, or is a proxy in between?`,
    );
  const exit = status === 403 ? EXIT.noPermission : EXIT.unavailable;
  return new CliError(exit, `logging in at ${url} failed with ${status}: ${message}`);
}

function parsed(text: string): {
  readonly token?: { readonly issued_at?: string; readonly expires_at?: string };
} {
  try {
    return (JSON.parse(text) ?? {}) as ReturnType<typeof parsed>;
  } catch {
    return {};
  }
}

function request({ password, applicationCredential, project }: Login): unknown {
  if (applicationCredential !== undefined)
    return {
      auth: {
        identity: { methods: ['application_credential'], application_credential: applicationCredential },
      },
    };
  return {
    auth: {
      identity: { methods: ['password'], password },
      ...(project === undefined ? {} : { scope: { project } }),
    },
  };
}
