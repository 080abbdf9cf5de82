/** An embedded identity over a real database with its API, and cheap password hashes. */
import { Origin } from '../../server/config/base-url.ts';
import {
  createEmbeddedIdentity,
  type EmbeddedIdentity,
} from '../../server/identity/embedded/create-embedded.ts';
import type { ScryptCost } from '../../server/identity/embedded/passwords.ts';
import { createKeystoneApp } from '../../server/identity/keystone-v3/app.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { FakeClock } from '../support/clock.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

export const CHEAP: ScryptCost = { ln: 4, r: 1, p: 1 };
export const BASE = 'http://hostbeat.test:8774';
export const LIFETIME_MS = 3_600_000;

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into as a client does, without types
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
  /** The token, where one was issued. */
  readonly token: string;
}

export interface World {
  readonly clock: FakeClock;
  readonly store: TestStore;
  readonly identity: EmbeddedIdentity;
  /** How long each login was held up. */
  readonly slept: number[];
  readonly ids: {
    readonly demo: string;
    readonly other: string;
    readonly alice: string;
    readonly admin: string;
  };
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  fetch(request: Request): Response | Promise<Response>;
  /** Below `/identity/v3`, or anywhere if the path begins with `/identity`. */
  ask(
    method: string,
    path: string,
    token?: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** A token for a password; `scope` as on the wire. */
  logIn(name: string, password: string, scope?: unknown): Promise<Answer>;
  close(): Promise<void>;
}

export function onProject(name: string) {
  return { project: { name, domain: { id: 'default' } } };
}

/** Project and user `admin`, and, unless it is `bare`, alice, a member in project `demo`; `other` is not hers. */
export async function openWorld({
  bare = false,
  maxTokens = 1_000,
  maxCredentials = 100,
  ...options
}: {
  readonly file?: boolean;
  readonly bare?: boolean;
  readonly maxTokens?: number;
  readonly maxCredentials?: number;
} = {}): Promise<World> {
  const clock = new FakeClock();
  const store = await openTestStore({ clock, ...options });
  const slept: number[] = [];
  const identity = createEmbeddedIdentity({
    accounts: store.accounts,
    clock,
    tokenLifetime: LIFETIME_MS,
    maxTokens,
    maxCredentials,
    cost: CHEAP,
    sleep: async (ms) => void slept.push(ms),
  });
  const { directory } = identity;
  await identity.bootstrap({ adminPassword: 'adminpw' });
  const ids = bare ? { demo: '', other: '', alice: '' } : await people(directory);
  const admin = await store.accounts.userNamed('admin');
  const app = createKeystoneApp({
    ...identity,
    baseUrl: new Origin({}).baseUrl,
    region: 'RegionOne',
    clientAddress: () => '192.0.2.1',
    logger: noLogger,
  });

  const ask: World['ask'] = async (method, path, token, body, headers = {}) => {
    const url = path.startsWith('/identity') ? `${BASE}${path}` : `${BASE}/identity/v3${path}`;
    const response = await app.request(url, {
      method,
      headers: { ...(token === undefined ? {} : { 'X-Auth-Token': token }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
      token: response.headers.get('X-Subject-Token') ?? '',
    };
  };
  return {
    clock,
    store,
    identity,
    slept,
    ids: { ...ids, admin: admin?.id ?? '' },
    routes: app.routes,
    fetch: (request) => app.fetch(request),
    ask,
    logIn: (name, password, scope) =>
      ask('POST', '/auth/tokens', undefined, {
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { name, domain: { name: 'Default' }, password } },
          },
          ...(scope === undefined ? {} : { scope }),
        },
      }),
    close: () => store.close(),
  };
}

async function people(directory: EmbeddedIdentity['directory']) {
  const { id: demo } = await directory.ensureProject({ name: 'demo' });
  const { id: other } = await directory.ensureProject({ name: 'other' });
  const { id: alice } = await directory.ensureUser({ name: 'alice', password: 'alicepw' });
  await directory.ensureRole(alice, demo, 'member');
  return { demo, other, alice };
}
