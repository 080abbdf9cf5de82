/** The server's end of the agent's conversation, played by the test: it answers unless the test asks it not to. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { AgentUpstream, ReportsBody } from '../../../client-sdk/protocol/agent.ts';
import { AGENT_SUBPROTOCOL } from '../../../client-sdk/protocol/version.ts';
import { within } from '../../support/within.ts';

/** Values that come one after another, awaited in order. */
export class Arrivals<T> {
  readonly #values: T[] = [];
  readonly #waiting: ((value: T) => void)[] = [];

  /** How many came that nobody waited for. */
  get left(): number {
    return this.#values.length;
  }

  push(value: T): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#values.push(value);
    else next(value);
  }

  next(what: string): Promise<T> {
    const value = this.#values.shift();
    if (value !== undefined) return Promise.resolve(value);
    return within(what, new Promise((resolve) => this.#waiting.push(resolve)));
  }
}

type Report = { host: string; binary: string };

export class AgentConnection {
  readonly request: IncomingMessage;
  readonly frames = new Arrivals<AgentUpstream>();
  readonly closed: Promise<number>;
  mute = false;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, request: IncomingMessage, script: Script) {
    this.#socket = socket;
    this.request = request;
    this.mute = script.mute;
    this.closed = once(socket, 'close').then(([code]) => code as number);
    socket.on('message', (data) => {
      const frame = AgentUpstream.parse(JSON.parse(String(data)));
      this.frames.push(frame);
      if (frame.type === 'report' && !this.mute)
        this.send({ type: 'reported', seq: frame.seq, ...script.answer(frame.reports as Report[]) });
    });
    this.send({
      type: 'welcome',
      session: 's',
      server: { name: 'scripted', version: '0' },
      report_interval_ms: script.hintMs,
      service_down_time_ms: 60_000,
    });
  }

  get token(): string | undefined {
    return this.request.headers['x-auth-token'] as string | undefined;
  }

  send(frame: unknown): void {
    this.#socket.send(JSON.stringify(frame));
  }

  /** A server that is gone without a word. */
  drop(): void {
    this.#socket.terminate();
  }

  close(code: number): void {
    this.#socket.close(code);
  }
}

export interface Script {
  /** Status with which upgrades and reports are refused. */
  refuse: number | undefined;
  /** Its body then, as of something in between. */
  page: string | undefined;
  mute: boolean;
  hintMs: number;
  forcedDown: boolean;
  reject: string | undefined;
  /** It hears its agents, and the other nodes do not hear it. */
  degraded: boolean;
  tokenLifetimeMs: number;
  answer(reports: readonly Report[]): object;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly script: Script;
  readonly connections: Arrivals<AgentConnection>;
  /** Over HTTP. */
  readonly posts: Arrivals<{ readonly token: string | undefined; readonly reports: readonly Report[] }>;
  /** Attempts that were refused. */
  readonly refusals: Arrivals<number>;
  /** Logins at the embedded identity; each gives the next token. */
  readonly logins: Arrivals<unknown>;
}

const OWN = { error: { code: 'refused', message: 'in our own words' } };
/** Where a redirect would lead; nobody follows it. */
const ELSEWHERE = 'http://127.0.0.1:9/';

export async function startScripted(overrides: Partial<Script> = {}): Promise<ScriptedServer> {
  const script: Script = {
    refuse: undefined,
    page: undefined,
    mute: false,
    hintMs: 60_000,
    forcedDown: false,
    reject: undefined,
    degraded: false,
    tokenLifetimeMs: 3_600_000,
    answer: (reports) =>
      script.reject === undefined
        ? {
            accepted: reports.length,
            rejected: [],
            ...(script.degraded ? { degraded: true } : {}),
            services: reports.map(({ host, binary }) => ({
              host,
              binary,
              forced_down: script.forcedDown,
              disabled: false,
              interval_hint_ms: script.hintMs,
            })),
          }
        : {
            accepted: 0,
            rejected: reports.map((_, index) => ({ index, error: script.reject })),
            services: [],
          },
    ...overrides,
  };
  const connections = new Arrivals<AgentConnection>();
  const posts: ScriptedServer['posts'] = new Arrivals();
  const refusals = new Arrivals<number>();
  const logins = new Arrivals<unknown>();
  let issued = 0;

  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    if (request.url === '/identity/v3/auth/tokens') {
      logins.push(JSON.parse(body));
      issued += 1;
      const issuedAt = Date.UTC(2026, 0, 1);
      const token = {
        issued_at: new Date(issuedAt).toISOString(),
        expires_at: new Date(issuedAt + script.tokenLifetimeMs).toISOString(),
      };
      return answer(response, 201, { token }, { 'x-subject-token': `token-${issued}` });
    }
    if (script.refuse !== undefined) {
      refusals.push(script.refuse);
      return answer(response, script.refuse, script.page ?? OWN, { 'retry-after': '0', location: ELSEWHERE });
    }
    const { reports } = ReportsBody.parse(JSON.parse(body)) as { reports: Report[] };
    posts.push({ token: request.headers['x-auth-token'] as string | undefined, reports });
    if (!script.mute) answer(response, 200, script.answer(reports));
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => AGENT_SUBPROTOCOL });
  server.on('upgrade', (request, socket, head) => {
    if (script.refuse !== undefined || request.url !== '/v1/agent') {
      refusals.push(script.refuse ?? 404);
      const body = script.page ?? JSON.stringify(OWN);
      socket.on('error', () => undefined);
      socket.end(
        `HTTP/1.1 ${script.refuse ?? 404} No\r\nLocation: ${ELSEWHERE}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      connections.push(new AgentConnection(opened, request, script));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    script,
    connections,
    posts,
    refusals,
    logins,
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}

function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
