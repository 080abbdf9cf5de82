/** `POST /identity/v3/auth/tokens`, as any Keystone client logs in. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
  readonly project: string;
  readonly domain: string;
}

export interface LoggedIn {
  readonly token: string;
  readonly user: string;
  readonly project: string;
  readonly isOperator: boolean;
}

/** @throws Error with a sentence for the one who reads the page */
export async function logIn(base: string, credentials: Credentials): Promise<LoggedIn> {
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
    throw new Error('User, password, project or domain is not right.');
  }
  const { roles = [] } = ((await answer.json()) as { token: { roles?: { name: string }[] } }).token;
  return { token, user, project, isOperator: roles.some(({ name }) => name === 'admin') };
}
