/** A whole stream for tests: a real store, the hub, a real edge, and clients on real sockets. Only time is fake. */
import type { Downstream } from '../../client-sdk/protocol/downstream.ts';
import type { UpstreamFrame } from '../../client-sdk/protocol/upstream.ts';
import type { Instance } from '../../server/domain/instances/instance.ts';
import type { Service } from '../../server/domain/service.ts';
import type { Observer } from '../../server/domain/silence/observer.ts';
import { onDeclared } from '../../server/domain/transition.ts';
import type { HubEvents, HubSettings } from '../../server/hub/connection/context.ts';
import { createHub, type Hub, type HubOptions } from '../../server/hub/hub.ts';
import type { Identity } from '../../server/identity/identity.ts';
import type { Edge, EdgeOptions } from '../../server/runtime/edge.ts';
import { listen } from '../../server/runtime/http.ts';
import { prepare } from '../../server/runtime/ws-socket.ts';
import type { Prepare } from '../../server/socket/socket.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { anInstance, aService } from './builders.ts';
import { Peer } from './clients/peer.ts';
import { SseReader } from './clients/sse-reader.ts';
import { FakeClock } from './clock.ts';
import { anAdmin, anIdentity, FakeAuthenticator, FakePolicy } from './identity.ts';
import { ManualTimers } from './manual-timers.ts';
import { openTestStore, putInstance, putService, type TestStore } from './store.ts';

export const SETTINGS: HubSettings = {
  maxConnectionsPerProject: 100,
  maxSubscriptions: 16,
  maxFrame: 65_536,
  maxBacklog: 1 << 20,
  maxReplay: 10_000,
  healthInterval: 5_000,
  pingInterval: 25_000,
  // Tests move time in jumps, in which no pong could arrive.
  pongTimeout: 1e9,
  helloTimeout: 5_000,
};

export type FrameOf<T extends Downstream['type']> = Extract<Downstream, { type: T }>;

/** A client that speaks frames. */
export class StreamClient extends Peer {
  say(frame: UpstreamFrame): this {
    this.ws.send(JSON.stringify(frame));
    return this;
  }

  subscribe(fields: Partial<Extract<UpstreamFrame, { type: 'subscribe' }>> = {}): this {
    return this.say({ type: 'subscribe', id: 's', ...fields });
  }

  async frame(): Promise<Downstream> {
    return JSON.parse(await this.next()) as Downstream;
  }

  /** The next frame, which must be of this type. */
  async expect<T extends Downstream['type']>(type: T): Promise<FrameOf<T>> {
    const frame = await this.frame();
    if (frame.type !== type) throw new Error(`expected "${type}", got ${JSON.stringify(frame)}`);
    return frame as FrameOf<T>;
  }

  /** The next frame of this type; skips others. */
  async until<T extends Downstream['type']>(type: T): Promise<FrameOf<T>> {
    for (;;) {
      const frame = await this.frame();
      if (frame.type === type) return frame as FrameOf<T>;
    }
  }

  /** Everything up to a pong: proof that nothing else was sent before it. */
  async said(): Promise<Downstream[]> {
    this.say({ type: 'ping', nonce: 'end' });
    const frames: Downstream[] = [];
    for (;;) {
      const frame = await this.frame();
      if (frame.type === 'pong' && frame.nonce === 'end') return frames;
      frames.push(frame);
    }
  }
}

export interface Poll {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any shape
  readonly json: any;
}

export class StreamWorld {
  readonly clock = new FakeClock();
  readonly timers = new ManualTimers(this.clock);
  readonly authenticator = new FakeAuthenticator();
  readonly policy = new FakePolicy();
  readonly observer = { state: 'ok', reason: undefined, since: this.clock.now(), inGrace: new Set() } as {
    state: ReturnType<Observer['state']>;
    reason: string | undefined;
    since: number;
    inGrace: Set<string>;
  };
  readonly tickets = new Map<string, Identity>();
  readonly #clients: Peer[] = [];
  readonly #readers: SseReader[] = [];
  test!: TestStore;
  hub!: Hub;
  edge!: Edge;

  static async open(
    settings: Partial<HubSettings> = {},
    more: {
      events?: HubEvents;
      prepare?: Prepare;
      store?: (clock: FakeClock) => Promise<TestStore>;
      handshakeLimits?: HubOptions['handshakeLimits'];
      edge?: Pick<EdgeOptions, 'patience'>;
    } = {},
  ): Promise<StreamWorld> {
    const world = new StreamWorld();
    const { clock, authenticator, policy, observer, tickets, timers } = world;
    authenticator.tokens.set('owner', anIdentity());
    authenticator.tokens.set('other', anIdentity({ userId: 'u2', projectId: 'p2' }));
    authenticator.tokens.set('admin', anAdmin());
    world.test = await (more.store?.(clock) ?? openTestStore({ clock }));
    world.hub = createHub({
      store: world.test.store,
      authenticator,
      policy,
      tickets: {
        redeem(ticket) {
          const identity = tickets.get(ticket);
          tickets.delete(ticket);
          return identity;
        },
      },
      observer: {
        state: () => observer.state,
        reason: () => observer.reason,
        code: () => (observer.reason === undefined ? undefined : 'maybe_deaf'),
        observingSince: () => observer.since,
        doubtAbout: ({ host }) => (observer.inGrace.has(host) ? 'grace' : undefined),
      },
      clock,
      settings: { ...SETTINGS, ...settings },
      prepare: more.prepare ?? prepare,
      settled: () => world.store.writeLastSeen([]),
      logger: noLogger,
      setTimer: timers.setTimer,
      random: () => 0.5,
      ...(more.events === undefined ? {} : { events: more.events }),
      ...(more.handshakeLimits === undefined ? {} : { handshakeLimits: more.handshakeLimits }),
    });
    world.edge = await listen({
      fetch(request, { outgoing }) {
        const { pathname } = new URL(request.url);
        if (pathname === '/v1/events') {
          return world.hub.events(request, '127.0.0.1', () => outgoing.destroy());
        }
        if (pathname === '/v1/changes') return world.hub.changes(request, '127.0.0.1');
        return new Response('plain');
      },
      upgrade: world.hub.stream,
      host: '127.0.0.1',
      port: 0,
      maxFrame: 1024,
      ...more.edge,
    });
    return world;
  }

  get store() {
    return this.test.store;
  }

  /** Connects with a token in a header, or with other options; the handshake may be refused. */
  peer(options: { token?: string; protocols?: string[]; path?: string } = {}): StreamClient {
    const client = new StreamClient(`${this.edge.url}${options.path ?? '/v1/stream'}`, {
      protocols: options.protocols ?? ['hostbeat.v1'],
      headers: options.token === undefined ? {} : { 'X-Auth-Token': options.token },
    });
    this.#clients.push(client);
    return client;
  }

  /** Opens `/v1/events` with this query, as a reader that knows its place. */
  reader(query = '', options: { token?: string; lastEventId?: string | undefined } = {}): SseReader {
    const reader = new SseReader(`${this.edge.url}/v1/events${query}`, {
      'X-Auth-Token': options.token ?? 'owner',
      ...(options.lastEventId === undefined ? {} : { 'Last-Event-ID': options.lastEventId }),
    });
    this.#readers.push(reader);
    return reader;
  }

  /** One request to `/v1/changes`. */
  async poll(query = '', token = 'owner', signal: AbortSignal | null = null): Promise<Poll> {
    const answer = await fetch(`${this.edge.url}/v1/changes${query}`, {
      headers: { 'X-Auth-Token': token },
      signal,
    });
    return { status: answer.status, headers: answer.headers, json: await answer.json() };
  }

  /** Connected and welcomed. */
  async client(token = 'owner'): Promise<StreamClient> {
    const client = await this.peer({ token }).open();
    await client.expect('welcome');
    return client;
  }

  /** Connected, subscribed and in step. */
  async follower(
    token = 'owner',
    fields: Partial<Extract<UpstreamFrame, { type: 'subscribe' }>> = {},
  ): Promise<StreamClient> {
    const client = await this.client(token);
    client.subscribe(fields);
    await client.until('synced');
    return client;
  }

  service(fields: Partial<Service> = {}): Promise<Service> {
    return putService(this.test, aService(fields));
  }

  server(fields: Partial<Instance> = {}): Promise<Instance> {
    return putInstance(this.test, anInstance(fields));
  }

  /** Changes facts of the service on a host, which its owners receive. */
  async change(host: string, fields: Partial<Service>): Promise<void> {
    const { store, rules } = this.test;
    const by = { actor: 'test', at: this.clock.now() };
    await store.updateService({ host, binary: 'nova-compute' }, (current) =>
      onDeclared(current, { ...(current as Service), ...fields }, by, rules),
    );
  }

  /** Ends everything; the database last. */
  async close(): Promise<void> {
    for (const client of this.#clients) client.ws.terminate();
    for (const reader of this.#readers) reader.cut();
    await this.hub.close();
    await this.edge.close();
    await this.test.close();
  }
}
