/** The recorded cloud behind the compute API: a real store, Nova's own order and policy, tokens that are users' names. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Identity } from '../../server/identity/identity.ts';
import { LivePolicy } from '../../server/identity/policy/live-policy.ts';
import { readPolicy } from '../../server/identity/policy/policy-file.ts';
import { createNovaApp } from '../../server/nova/app.ts';
import { applySeed } from '../../server/seed/apply.ts';
import { parseSeed } from '../../server/seed/read-seed.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { FakeClock } from '../support/clock.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

export const GOLDEN = new URL('./golden/', import.meta.url);
const WORLD = JSON.parse(readFileSync(new URL('world.json', GOLDEN), 'utf8'));

const NOVAS_OWN = '"os_compute_api:servers:show:host_status": "rule:context_is_admin"';

export interface Cloud extends TestStore {
  ask(url: string, init?: RequestInit): Promise<Response>;
  /** As an edge hands on what it received. */
  fetch(request: Request): Promise<Response>;
  /** Lines of a policy file on top of Nova's own defaults. */
  setPolicy(lines: string): void;
  /** Declares more of a seed document. */
  seed(document: Record<string, unknown>): Promise<void>;
  request(as: string | null, method: string, path: string, options?: RequestOptions): Promise<Response>;
}

export interface RequestOptions {
  readonly version?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface CloudOptions {
  readonly order?: 'nova' | 'documented';
  /** Without the services and servers that were recorded. */
  readonly empty?: boolean;
}

export async function openCloud({ order = 'nova', empty = false }: CloudOptions = {}): Promise<Cloud> {
  const clock = new FakeClock();
  const store = await openTestStore({ clock, rules: { order } });
  const context = { store: store.store, clock, rules: store.rules, uuid: randomUUID };
  const seed = async (document: Record<string, unknown>) => {
    await applySeed(parseSeed(JSON.stringify(document)), context);
  };
  if (!empty) await seed({ services: WORLD.services, instances: WORLD.instances });
  const policy = new LivePolicy(readPolicy(NOVAS_OWN, 'policy.yaml'));
  const app = createNovaApp({
    store: store.store,
    clock,
    rules: store.rules,
    policy,
    uuid: randomUUID,
    authenticator: { authenticate: async ({ token }) => identityOf(token) },
    baseUrl: (request) => new URL(request.url).origin,
    logger: noLogger,
  });
  const ask: Cloud['ask'] = (url, init) => app.fetch(new Request(url, init));
  return {
    ...store,
    store: store.store,
    accounts: store.accounts,
    ask,
    fetch: (request) => app.fetch(request),
    seed,
    setPolicy: (lines) =>
      policy.replace(
        readPolicy(lines.includes('show:host_status"') ? lines : `${NOVAS_OWN}\n${lines}`, 'policy.yaml'),
      ),
    request: async (as, method, path, { version, body, headers = {} } = {}) =>
      ask(`http://nova.example${path}`, {
        method,
        headers: {
          ...(as === null ? {} : { 'X-Auth-Token': as }),
          ...(version === undefined ? {} : { 'OpenStack-API-Version': `compute ${version}` }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
  };
}

/** `name` in the first project that the user has a role in, or `name@project`. */
export function identityOf(token: string): Identity | undefined {
  const [name, scope] = token.split('@');
  const user = WORLD.users.find((one: { name: string }) => one.name === name);
  if (user === undefined) return undefined;
  const projectName = scope ?? user.roles[0].project;
  const project = WORLD.projects.find((one: { name: string }) => one.name === projectName);
  return {
    kind: 'user',
    userId: user.id ?? `id-of-${name}`,
    userName: user.name,
    userDomainId: 'default',
    projectId: project.id,
    projectName,
    roles: user.roles
      .filter((one: { project: string }) => one.project === projectName)
      .map((one: { role: string }) => one.role),
    expiresAt: null,
    hosts: [],
  };
}
