import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';

/** One request to the Nova API at 2.53 with JSON both ways. */
export type DemoRequest = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** Logs in as any OpenStack client does. */
export async function login(
  url: string,
  name: string,
  password: string,
  project: string,
): Promise<DemoRequest & { token: string }> {
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
  await answer.body?.cancel();
  const token = answer.headers.get('x-subject-token');
  if (token === null) throw new CliError(EXIT.failed, `login of ${name} answers ${answer.status}`);
  const rest = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const done = await fetch(url + path, {
      method,
      headers: {
        'x-auth-token': token,
        'content-type': 'application/json',
        'openstack-api-version': 'compute 2.53',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await done.text();
    if (!done.ok) throw new CliError(EXIT.failed, `${method} ${path} answers ${done.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  return Object.assign(rest, { token });
}
