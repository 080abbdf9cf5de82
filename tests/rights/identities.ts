/** One token of every kind that there is. */
import { request } from '../support/http.ts';

export const SERVER = '5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
export const SERVICE = '0a1e3d5c-7b90-4f5e-9a52-5b1ad4f48e4b';

const DOMAIN = { id: 'default' };
const ROLES = ['member', 'reader', 'service', 'fencer'] as const;

export async function openIdentities(url: string): Promise<Record<string, string>> {
  const logIn = async (name: string, password: string, scope: unknown): Promise<string> => {
    const identity = { methods: ['password'], password: { user: { name, password, domain: DOMAIN } } };
    const answer = await fetch(`${url}/identity/v3/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth: { identity, ...(scope === undefined ? {} : { scope }) } }),
    });
    const token = answer.headers.get('x-subject-token');
    if (token === null) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
    return token;
  };
  const on = (name: string) => ({ project: { name, domain: DOMAIN } });
  const admin = await logIn('admin', 'pw', on('admin'));
  const seeded = await request(`${url}/v1/seed`, 'POST', admin, {
    projects: [
      { id: 'p-demo', name: 'demo' },
      { id: 'p-other', name: 'other' },
    ],
    users: [
      ...ROLES.map((role) => ({ name: role, password: 'pw', roles: [{ project: 'demo', role }] })),
      { name: 'stranger', password: 'pw', roles: [{ project: 'other', role: 'member' }] },
    ],
    services: [{ uuid: SERVICE, host: 'c1', binary: 'nova-compute' }],
    instances: [{ id: SERVER, name: 'vm', project_id: 'p-demo', host: 'c1' }],
  });
  if (seeded.status !== 200) throw new Error(`seeding: ${seeded.status} ${JSON.stringify(seeded.json)}`);
  const agent = await request(`${url}/v1/agent-tokens`, 'POST', admin, { label: 'c1', hosts: ['c1'] });
  const tokens: Record<string, string> = {
    nobody: '',
    unscoped: await logIn('member', 'pw', 'unscoped'),
    domain: await logIn('admin', 'pw', { domain: DOMAIN }),
    system: await logIn('admin', 'pw', { system: { all: true } }),
    stranger: await logIn('stranger', 'pw', on('other')),
  };
  for (const role of ROLES) tokens[role] = await logIn(role, 'pw', on('demo'));
  const keyOf = async (body: object) =>
    (await request(`${url}/v1/watch-keys`, 'POST', tokens.member as string, body)).json.key;
  return {
    ...tokens,
    watch: await keyOf({ name: 'all' }),
    'watch-one': await keyOf({ name: 'one', servers: [SERVER] }),
    'watch-other': await keyOf({ name: 'other', servers: ['00000000-0000-4000-8000-000000000000'] }),
    'watch-drill': await keyOf({ name: 'drill', servers: [SERVER], drills: true }),
    agent: agent.json.token,
    receiver: 'receivers-token-of-the-test',
    admin,
  };
}
