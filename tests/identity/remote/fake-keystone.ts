/** A Keystone as far as a service sees one that asks it about tokens: a real HTTP server whose mood a test decides. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../../server/domain/clock.ts';

export interface FakeKeystone {
  readonly url: string;
  /** What it says of users' tokens. */
  readonly tokens: Map<string, Record<string, unknown>>;
  /** What it says of other things, by path. */
  readonly things: Map<string, unknown>;
  /** Requests for validation, and logins, since the last look. */
  readonly asked: { headers: IncomingMessage['headers']; method: string | undefined }[];
  readonly logins: unknown[];
  /** `up`; `hanging`: takes requests and never answers; a number: answers validations with that status. */
  mood: 'up' | 'hanging' | number;
  /** Of the tokens it gives to the service, in milliseconds. */
  lifetime: number;
  /** Refuses the service's own user. */
  refusesLogin: boolean;
  /** The tokens it gave to the service are worth nothing from now on. */
  forgetService(): void;
  close(): Promise<void>;
}

const LIFETIME_MS = 3_600_000;

export async function startFakeKeystone(clock: Pick<Clock, 'now'>): Promise<FakeKeystone> {
  let services = new Set<string>();
  let made = 0;
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fake: FakeKeystone = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens: new Map(),
    things: new Map(),
    asked: [],
    logins: [],
    mood: 'up',
    lifetime: LIFETIME_MS,
    refusesLogin: false,
    forgetService: () => {
      services = new Set();
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    if (fake.mood === 'hanging') return;
    if (!request.url?.startsWith('/v3/auth/tokens')) {
      if (typeof fake.mood === 'number') return say(response, fake.mood, {});
      if (!services.has(String(request.headers['x-auth-token']))) return say(response, 401, {});
      const thing = fake.things.get(request.url ?? '');
      return thing === undefined ? say(response, 404, {}) : say(response, 200, thing);
    }
    if (request.method === 'POST') return logIn(JSON.parse(text), response);
    fake.asked.push({ headers: request.headers, method: request.method });
    if (typeof fake.mood === 'number') {
      response.setHeader('Location', `${fake.url}/elsewhere`);
      return say(response, fake.mood, {});
    }
    if (!services.has(String(request.headers['x-auth-token']))) return say(response, 401, {});
    if (request.method === 'HEAD') return say(response, 403, {});
    const token = fake.tokens.get(String(request.headers['x-subject-token']));
    return token === undefined ? say(response, 404, {}) : say(response, 200, { token });
  }

  function logIn(body: unknown, response: ServerResponse): void {
    fake.logins.push(body);
    if (fake.refusesLogin) {
      say(response, 401, {});
      return;
    }
    const token = `service-${++made}`;
    services.add(token);
    response.setHeader('X-Subject-Token', token);
    const times = { issued_at: isoMicros(clock.now()), expires_at: isoMicros(clock.now() + fake.lifetime) };
    say(response, 201, { token: times });
  }
  return fake;
}

function say(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function isoMicros(at: number): string {
  return new Date(at).toISOString().replace('Z', '000Z');
}

/** Alice, member in project demo, as Keystone writes it. */
export function aKeystoneToken(clock: Pick<Clock, 'now'>, over: Record<string, unknown> = {}) {
  const domain = { id: 'default', name: 'Default' };
  return {
    methods: ['password'],
    user: { id: 'u-alice', name: 'alice', domain, password_expires_at: null },
    audit_ids: ['a'],
    issued_at: isoMicros(clock.now()),
    expires_at: isoMicros(clock.now() + LIFETIME_MS),
    project: { id: 'p-demo', name: 'demo', domain },
    is_domain: false,
    roles: [{ id: 'r1', name: 'member' }],
    ...over,
  };
}
