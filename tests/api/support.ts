/** Our own API on a real store, asked in process by whom a test wants. */
import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { createApi } from '../../server/api/app.ts';
import { createReports } from '../../server/api/reports.ts';
import type { ReceiverToken } from '../../server/config/files/receivers-file.ts';
import type { Identity } from '../../server/identity/identity.ts';
import { LivePolicy } from '../../server/identity/policy/live-policy.ts';
import { createLiveness, type Liveness } from '../../server/liveness/liveness.ts';
import { type RequestHead, toResponse } from '../../server/plain-http.ts';
import { applySeed } from '../../server/seed/apply.ts';
import { readSeed } from '../../server/seed/read-seed.ts';
import { createEvents } from '../../server/telemetry/events.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { createMetrics } from '../../server/telemetry/metrics.ts';
import { FakeClock } from '../support/clock.ts';
import { jsonOf } from '../support/http.ts';
import { anAdmin, anIdentity, FakeAuthenticator } from '../support/identity.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any body
  readonly json: any;
}

export interface Api {
  readonly test: TestStore;
  readonly clock: FakeClock;
  readonly liveness: Liveness;
  readonly serving: { now: boolean };
  /** `who` is a key of PEOPLE, a body that is no text goes as JSON. */
  ask(
    who: keyof typeof PEOPLE | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answered>;
  /** As `ask`, with the answer as it comes. */
  raw(
    who: string | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>;
  close(): Promise<void>;
}

export const PEOPLE = {
  admin: anAdmin(),
  colleague: anAdmin({ userId: 'colleague' }),
  nova: anIdentity({ userId: 'nova', roles: ['service'] }),
  fencer: anIdentity({ userId: 'fencer', roles: ['fencer'] }),
  owner: anIdentity({ userId: 'alice' }),
  agent: anIdentity({ kind: 'agent', userId: 'agent-c1', projectId: null, roles: [], hosts: ['c1'] }),
} satisfies Record<string, Identity>;

const RECEIVERS: readonly ReceiverToken[] = [
  { name: 'az1', token: 'token-of-zone-az1', zones: ['az1'], hosts: [] },
  { name: 'rack', token: 'token-of-two-hosts', zones: [], hosts: ['c1', 'c9'] },
];

export async function openApi({ liftOnRecovery = true, receivers = () => RECEIVERS } = {}): Promise<Api> {
  const clock = new FakeClock();
  const test = await openTestStore({ clock });
  const { store, rules } = test;
  const metrics = createMetrics();
  const liveness = createLiveness({
    store,
    audit: test.audit,
    clock,
    rules,
    config: { reportInterval: 10_000, serviceDownTime: 60_000, reconnectWindow: 2_000 },
    logger: noLogger,
    uuid: randomUUID,
    timers: { setTimer: () => () => {}, nextTurn: () => new Promise((resolve) => setImmediate(resolve)) },
    events: createEvents(metrics, noLogger),
  });
  await liveness.start();
  const authenticator = new FakeAuthenticator();
  for (const [token, identity] of Object.entries(PEOPLE)) authenticator.tokens.set(token, identity);
  const serving = { now: true };
  const clientAddress = (request: RequestHead) => request.headers.get('x-test-address') ?? undefined;
  const api = createApi({
    store,
    audit: test.audit,
    receivers: {
      forceDownOn: ['compute.host.down', 'HostDown'],
      liftOnRecovery,
      alertHostLabel: 'instance',
      receiverToken: () => 's3cret',
      receivers,
      sleep: async () => {},
    },
    clientAddress,
    liveness,
    policy: new LivePolicy(),
    authenticator,
    clock,
    rules,
    logger: noLogger,
    metrics,
    seed: async (body, actor) =>
      applySeed(await readSeed(body), { store, clock, rules, uuid: randomUUID, actor }),
    isServing: () => serving.now,
  });
  const reports = createReports({ liveness, authenticator, logger: noLogger, clientAddress });
  const app = new Hono()
    .post('/v1/reports', async ({ req }) => toResponse(await reports(req.raw)))
    .route('/', api as never);
  const raw: Api['raw'] = async (who, method, path, body, headers = {}) => {
    const isRaw = typeof body === 'string' || body instanceof ReadableStream;
    return app.request(path, {
      method,
      headers: { ...(who === undefined ? {} : { 'x-auth-token': who }), ...headers },
      ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body), duplex: 'half' }),
    } as RequestInit);
  };
  return {
    test,
    clock,
    liveness,
    serving,
    raw,
    async ask(who, method, path, body, headers) {
      const answer = await raw(who, method, path, body, headers);
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, text, json: jsonOf(text) };
    },
    async close() {
      await liveness.close();
      await test.close();
    },
  };
}
