/** Reports over the WebSocket `/v1/agent`: the connection is evidence itself, and the server sends fence requests without being asked. */
import type { IncomingMessage } from 'node:http';
import { type ClientOptions, WebSocket } from 'ws';
import type { AgentUpstream, ReportsAnswer } from '../../../client-sdk/protocol/agent.ts';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { AGENT_SUBPROTOCOL } from '../../../client-sdk/protocol/version.ts';
import type { ServiceKey } from '../../domain/service.ts';
import { MOST_OF_AN_ANSWER } from '../connection/own-answer.ts';
import { unreachableReason } from '../connection/unreachable.ts';
import { type AgentLink, type Goodbye, LinkLost, type OpenLink, type ReportedService } from './link.ts';
import { linkRefused } from './refusal.ts';

const CLOSE_TIMEOUT_MS = 2_000;
const REFUSED_CODES: readonly number[] = [CLOSE.tokenExpired.code, CLOSE.badToken.code, CLOSE.forbidden.code];

/** Parses a frame. One that does not match is ignored, as the protocol asks. */
interface Frame extends Partial<ReportsAnswer> {
  readonly type?: string;
  readonly seq?: number;
  readonly report_interval_ms?: number;
  readonly message?: string;
}

export function socketLink(url: string): OpenLink {
  return (token, events, stop, timeoutMs) =>
    new Promise((opened, failed) => {
      const target = `${url.replace(/^http/, 'ws')}/v1/agent`;
      const options: ClientOptions = {
        headers: { 'x-auth-token': token },
        handshakeTimeout: timeoutMs,
        perMessageDeflate: false,
      };
      const socket = new WebSocket(target, [AGENT_SUBPROTOCOL], options);
      const link = new SocketLink(socket, events.service);
      const abandon = () => {
        socket.terminate();
        failed(new LinkLost('closed', 'stopped'));
      };
      stop.addEventListener('abort', abandon, { once: true });
      const welcomeTimer = setTimeout(() => {
        socket.terminate();
        failed(new LinkLost('unreachable', `${url} opened the connection and sent nothing`));
      }, timeoutMs);
      const settle = (then: () => void) => {
        clearTimeout(welcomeTimer);
        stop.removeEventListener('abort', abandon);
        then();
      };
      link.onWelcome = () => settle(() => opened(link));
      link.lost.addEventListener('abort', () => settle(() => failed(link.lost.reason)), { once: true });
      socket.on('unexpected-response', (_request, response) => {
        beginningOf(response).then((text) => {
          socket.terminate();
          const { statusCode: status = 0, headers } = response;
          const answer = { status, text, retryAfter: headers['retry-after'], location: headers.location };
          link.lose(linkRefused(url, answer, 'instead of opening the connection'));
        });
      });
      socket.on('error', (error) =>
        link.lose(new LinkLost('unreachable', `cannot reach ${url} (${unreachableReason(error)})`)),
      );
    });
}

class SocketLink implements AgentLink {
  onWelcome: () => void = () => {};
  reportIntervalMs: number | undefined;
  readonly #socket: WebSocket;
  readonly #onService: (service: ReportedService) => void;
  readonly #lost = new AbortController();
  readonly #waiting = new Map<number, (answer: ReportsAnswer) => void>();
  #seq = 0;
  #complaint = '';
  #closing: Promise<void> | undefined;

  constructor(socket: WebSocket, onService: (service: ReportedService) => void) {
    this.#socket = socket;
    this.#onService = onService;
    socket.on('message', (data, isBinary) => {
      if (!isBinary) this.#read(String(data));
    });
    socket.on('close', (code, reason) => {
      const kind = REFUSED_CODES.includes(code) ? 'refused' : 'closed';
      const why = this.#complaint || String(reason) || `code ${code}`;
      this.lose(
        new LinkLost(
          kind,
          kind === 'refused' ? `the server refuses us: ${why}` : `connection closed: ${why}`,
        ),
      );
    });
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  lose(reason: LinkLost): void {
    if (!this.#lost.signal.aborted) this.#lost.abort(reason);
  }

  report(services: readonly ServiceKey[], timeoutMs: number): Promise<ReportsAnswer> {
    return new Promise((answered, failed) => {
      if (this.lost.aborted) return failed(this.lost.reason);
      this.#seq += 1;
      const seq = this.#seq;
      const settle = (then: () => void) => {
        clearTimeout(timer);
        this.lost.removeEventListener('abort', onLost);
        this.#waiting.delete(seq);
        then();
      };
      const onLost = () => settle(() => failed(this.lost.reason));
      const timer = setTimeout(() => {
        // A half-open connection: the peer is gone and no packet reported it. The agent must notice, since it is the
        // side that sends.
        this.lose(new LinkLost('unreachable', `no answer to a report within ${timeoutMs} ms`));
      }, timeoutMs);
      this.lost.addEventListener('abort', onLost);
      this.#waiting.set(seq, (answer) => settle(() => answered(answer)));
      this.#socket.send(JSON.stringify({ type: 'report', seq, reports: services }));
    });
  }

  drop(): void {
    this.#socket.terminate();
  }

  close(farewell?: Goodbye): Promise<void> {
    this.#closing ??= this.#close(farewell);
    return this.#closing;
  }

  async #close(farewell: Goodbye | undefined): Promise<void> {
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN) return socket.terminate();
    if (farewell !== undefined) socket.send(JSON.stringify(goodbye(farewell)));
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
    socket.once('close', () => resolve());
    socket.close(CLOSE.normal.code, farewell?.reason ?? '');
    await promise;
    clearTimeout(timer);
  }

  #read(text: string): void {
    const frame = parsed(text);
    if (frame?.type === 'welcome') {
      this.reportIntervalMs = frame.report_interval_ms;
      this.onWelcome();
    } else if (frame?.type === 'reported') {
      const seq = frame.seq ?? this.#waiting.keys().next().value ?? 0;
      const { accepted = 0, rejected = [], services = [], degraded } = frame;
      this.#waiting.get(seq)?.({ accepted, rejected, services, ...(degraded === true ? { degraded } : {}) });
    } else if (frame?.type === 'service') {
      this.#onService(frame as unknown as ReportedService);
    } else if (frame?.type === 'error') {
      this.#complaint = frame.message ?? '';
    }
  }
}

function goodbye(farewell: Goodbye): AgentUpstream {
  return farewell.reason === 'restart'
    ? {
        type: 'goodbye',
        reason: 'restart',
        ...(farewell.ttlMs === undefined ? {} : { ttl_ms: farewell.ttlMs }),
      }
    : { type: 'goodbye', reason: 'shutdown' };
}

function parsed(text: string): Frame | undefined {
  try {
    return JSON.parse(text) as Frame;
  } catch {
    return undefined;
  }
}

/** Never rejects: a truncated answer is judged by its beginning. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length >= MOST_OF_AN_ANSWER) break;
    }
  } catch {
    // The answer broke off.
  }
  return text;
}
