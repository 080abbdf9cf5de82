/** A user of the REST API as a test needs it: logged in, JSON in, JSON out. */
export interface Session {
  readonly token: string;
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any shape
  readonly json: any;
}

/** Logs in at the embedded identity, by password and project name. */
export async function login(url: string, name: string, password: string, project: string): Promise<Session> {
  const domain = { id: 'default' };
  const answer = await fetch(`${url}/identity/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: { methods: ['password'], password: { user: { name, domain, password } } },
        scope: { project: { name: project, domain } },
      },
    }),
  });
  const token = answer.headers.get('x-subject-token');
  if (answer.status !== 201 || token === null)
    throw new Error(`login of ${name}: ${answer.status} ${await answer.text()}`);
  await answer.body?.cancel();
  return {
    token,
    request: (method, path, body, headers) => request(url + path, method, token, body, headers),
  };
}

export async function request(
  url: string,
  method: string,
  token: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: {
      'x-auth-token': token,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, json: jsonOf(await answer.text()) };
}

/** Undefined if it is not JSON. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads any shape
export function jsonOf(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
