/** `POST /identity/v3/auth/tokens`, as any Keystone client logs in; or a token of an external identity service. */
import { connect } from '../../../client-sdk/src/index.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
  readonly project: string;
  readonly domain: string;
}

export interface PageLogin {
  readonly token: string;
  readonly user: string;
  readonly project: string;
  readonly isOperator: boolean;
}

/**
 * The external identity service, if there is one: a Keystone, or an OIDC issuer.
 * @returns a sentence for the reader of the page; undefined where users log in at hostbeat itself
 */
export async function whereIdentityIs(base: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${base}/identity/v3`);
    if (answer.status !== 404) return undefined;
    const { error } = (await answer.json()) as { error?: { message?: string } };
    return `${error?.message ?? 'There is no identity service here.'} Get a token of a project there, and enter it here.`;
  } catch {
    return undefined;
  }
}

/** @throws Error with a sentence for the reader of the page */
export async function withToken(base: string, given: string): Promise<PageLogin> {
  const token = given.trim();
  const client = connect({ url: base, token, clientName: 'hostbeat-dashboard' });
  try {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 15_000));
    await Promise.race([client.synced, late]);
    const { project_id = null, roles = [] } = client.welcome ?? {};
    return {
      token,
      user: 'token',
      project: project_id ?? 'no project',
      isOperator: roles.includes('admin'),
    };
  } catch {
    if (client.state !== 'stopped') throw new Error('The server does not answer.');
    throw new Error('The server does not accept this token: it is unknown, expired, or of no project.');
  } finally {
    await client.close();
  }
}

/** @throws Error with a sentence for the reader of the page */
export async function logIn(base: string, credentials: Credentials): Promise<PageLogin> {
  const { user, password, project } = credentials;
  const domain = { name: credentials.domain };
  const identity = { methods: ['password'], password: { user: { name: user, password, domain } } };
  const scope = { project: { name: project, domain } };
  let answer: Response;
  try {
    answer = await fetch(`${base}/identity/v3/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth: { identity, scope } }),
    });
  } catch {
    throw new Error('The server does not answer.');
  }
  const token = answer.headers.get('x-subject-token');
  if (answer.status === 429) throw new Error('Too many attempts: wait a little and try again.');
  if (answer.status !== 201 || token === null) {
    throw new Error('User, password, project or domain is wrong.');
  }
  const { roles = [] } = ((await answer.json()) as { token: { roles?: { name: string }[] } }).token;
  return { token, user, project, isOperator: roles.some(({ name }) => name === 'admin') };
}

/** Revokes the token, so that a copy of it is useless. If the server does not answer, the token expires later by itself. */
export async function logOut(base: string, token: string): Promise<void> {
  const headers = { 'X-Auth-Token': token, 'X-Subject-Token': token };
  const url = `${base}/identity/v3/auth/tokens`;
  await fetch(url, { method: 'DELETE', headers, keepalive: true }).catch(() => undefined);
}
