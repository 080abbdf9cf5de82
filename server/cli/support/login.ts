/** `POST /v3/auth/tokens`, the one call of Keystone that a client needs. */
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { unreachable } from './unreachable.ts';

type Named = { readonly name: string; readonly domain: { readonly id: string } | { readonly name: string } };

export interface Login {
  /** With or without `/v3` at its end. */
  readonly authUrl: string;
  readonly password?: { readonly user: (Named | { readonly id: string }) & { readonly password: string } };
  readonly applicationCredential?: { readonly id: string; readonly secret: string };
  /** Absent: the user's default project, or none. */
  readonly project?: Named | { readonly id: string } | undefined;
}

export interface LoggedIn {
  readonly token: string;
  /** From issue to expiry, both by the server's clock. */
  readonly lifetimeMs: number | undefined;
}

const LOGIN_TIMEOUT_MS = 30_000;

/** @throws CliError `noPermission` if the credentials are wrong, `unavailable` if nobody answers */
export async function logIn(login: Login): Promise<LoggedIn> {
  const url = `${login.authUrl.replace(/\/+$/, '').replace(/\/v3$/, '')}/v3/auth/tokens`;
  let answer: Response;
  let body: { token?: { issued_at?: string; expires_at?: string } };
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(request(login)),
      signal: AbortSignal.timeout(LOGIN_TIMEOUT_MS),
    });
    body = JSON.parse((await answer.text()) || '{}') as typeof body;
  } catch (error) {
    throw unreachable(url, 'OS_AUTH_URL or --url', error);
  }
  const token = answer.headers.get('x-subject-token');
  if (answer.status === 401)
    throw new CliError(
      EXIT.noPermission,
      `${url} does not accept the credentials: check OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME and the domains.`,
    );
  if (answer.status !== 201 || token === null)
    throw new CliError(
      EXIT.unavailable,
      `logging in at ${url} failed with ${answer.status}: is it an identity v3 endpoint?`,
    );
  const lifetime = Date.parse(body.token?.expires_at ?? '') - Date.parse(body.token?.issued_at ?? '');
  return { token, lifetimeMs: lifetime > 0 ? lifetime : undefined };
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
