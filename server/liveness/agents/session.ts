/** One agent's conversation, subprotocol `hostbeat-agent.v1`. */
import type { z } from 'zod';
import { type AgentDownstream, type AgentReport, AgentUpstream } from '../../../client-sdk/protocol/agent.ts';
import { CLOSE, type CloseCode } from '../../../client-sdk/protocol/close-codes.ts';
import type { Evidence } from '../../../client-sdk/protocol/items.ts';
import type { Clock, Duration } from '../../domain/clock.ts';
import { fieldWithNul, nulProblem } from '../../domain/nul.ts';
import { type Authenticator, hasRole, type Identity } from '../../identity/identity.ts';
import { touches } from '../../identity/tokens/revocations.ts';
import { parseJson } from '../../parse-json.ts';
import type { Socket, SocketEvents } from '../../socket/socket.ts';
import { type Events, noEvents } from '../../telemetry/events.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { every, systemTimers, type Timers } from '../../timers.ts';
import { SERVER } from '../../version.ts';
import type { Liveness } from '../liveness.ts';
import type { AgentConnection } from '../reports/agent-connections.ts';
import { KnownBatches } from '../reports/known-batches.ts';
import { isReportFrame } from '../reports/report.ts';
import { ReportBatch } from './report-batch.ts';

export interface AgentSessionOptions {
  readonly socket: Socket;
  readonly identity: Identity;
  readonly liveness: Liveness;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names the session in logs. */
  readonly session: string;
  /** The agent's address, if the edge knows it. */
  readonly address?: string | undefined;
  readonly timers?: Pick<Timers, 'setTimer'>;
  readonly events?: Events;
  /** With both, the session ends when its token is revoked. */
  readonly authenticator?: Authenticator;
  readonly token?: string;
}

const MAY_NOT_REPORT = 'reporting needs the role "service" or "admin", or an agent token';

/** A connection counts as broken after two unanswered pings, each within this share of service_down_time. */
const PINGS_IN_DOWN_TIME = 3;
const SHORTEST_PING: Duration = 1_000;
const MISSED_PINGS = 2;
/**
 * Longest wait before the next check: a token may outlive the longest timer, and the wall clock may be set meanwhile.
 */
const LONGEST_WAIT: Duration = 3_600_000;
/** The request that an agent's handshake makes, for tokens with access rules. */
export const AGENT_REQUEST = { method: 'GET', path: '/v1/agent' } as const;
/** Bytes of our answers that an agent may leave unread. */
const MAX_BACKLOG = 4 * 1024 * 1024;

type Downstream = z.input<typeof AgentDownstream>;

const batches = new KnownBatches<AgentReport>();

/**
 * Serves an authenticated agent. Its first report on a service binds that service to the connection. @returns the
 * handlers of the socket's events
 */
export function createAgentSession(options: AgentSessionOptions): SocketEvents {
  const { socket, identity, liveness, clock, logger, session } = options;
  const { timers = systemTimers, events = noEvents } = options;
  const { reportInterval, serviceDownTime } = liveness.config;
  const stops: (() => void)[] = [];
  let isOpen = true;
  let missedPings = 0;
  /** Frames without a number: their reports are accepted and answered together. */
  const gathered = new ReportBatch((reports) => void report(reports));
  let last: { readonly text: string | undefined; readonly frame: AgentReport } | undefined;

  const sendText = (text: string) => {
    if (!isOpen) return;
    if (socket.bufferedAmount > MAX_BACKLOG) end(CLOSE.slowConsumer);
    else socket.send(text);
  };
  const send = (frame: Downstream) => sendText(JSON.stringify(frame));

  const connection: AgentConnection = liveness.connect(
    identity,
    (service) => send({ type: 'service', ...service }),
    options.address,
  );

  function end(close: CloseCode): void {
    if (!isOpen) return;
    // We ended the session: that says nothing about the host.
    leave(close.code, 'none');
    socket.close(close.code, close.reason);
  }

  /** Runs once, whichever side ended the session: the connection is no longer evidence. */
  function leave(code: number, evidence: Evidence): void {
    if (!isOpen) return;
    gathered.flush();
    isOpen = false;
    for (const stop of stops) stop();
    connection.lost(evidence);
    events.socketClosed('agent', code);
  }

  function answered(): void {
    connection.heard();
    if (missedPings > 1) connection.unanswered(false);
    missedPings = 0;
  }

  function refuse(code: string, message: string, close: CloseCode): void {
    send({ type: 'error', code, message });
    end(close);
  }

  function keepPinging(): void {
    const period = Math.max(SHORTEST_PING, serviceDownTime / PINGS_IN_DOWN_TIME);
    repeat(
      () => period,
      () => {
        if (missedPings === MISSED_PINGS) {
          leave(CLOSE.noPong.code, 'unanswered');
          socket.terminate();
          return;
        }
        if (missedPings > 0) connection.unanswered(true);
        missedPings++;
        socket.ping();
      },
    );
  }

  function endWhenExpired(): void {
    const { expiresAt } = identity;
    if (expiresAt === null) return;
    const left = () => Math.max(0, Math.min(LONGEST_WAIT, expiresAt - clock.now()));
    repeat(left, () => {
      if (clock.now() >= expiresAt) end(CLOSE.tokenExpired);
    });
  }

  /** Checks first: the revoked token may be another one of the same user, or the lookup may fail only for a moment. */
  function endWhenRevoked(): void {
    const { authenticator, token } = options;
    if (authenticator === undefined || token === undefined) return;
    const ask = async () => {
      const now = await authenticator.authenticate({ token, request: AGENT_REQUEST });
      // As on the stream: the client may continue with another token, unless it has lost its rights.
      if (now === undefined) end(CLOSE.tokenExpired);
      else if (!mayReportAtAll(now)) refuse('forbidden', MAY_NOT_REPORT, CLOSE.forbidden);
    };
    stops.push(
      authenticator.onRevoked(
        (gone) => {
          if (touches(gone, identity)) {
            ask().catch((error) =>
              logger.warn({ err: error, session }, 'a token could not be checked again'),
            );
          }
        },
        () => [identity],
      ),
    );
  }

  /** Repeats until the session ends. */
  function repeat(period: () => Duration, act: () => void): void {
    stops.push(every(timers, period, act));
  }

  function admits(reports: number): boolean {
    const wait = liveness.admit(identity, reports);
    if (wait === 0) return true;
    refuse('limit', `more reports than the token's hosts need: wait ${wait} ms`, CLOSE.limit);
    return false;
  }

  async function report(reports: readonly unknown[], seq?: number): Promise<void> {
    try {
      const answer = await connection.report(reports);
      sendText(`{"type":"reported",${seq === undefined ? answer.brief : `"seq":${seq},${answer.members}`}}`);
    } catch (error) {
      logger.error({ err: error, session }, 'reports of an agent failed');
      end(CLOSE.internal);
    }
  }

  events.socketOpened('agent');
  send({
    type: 'welcome',
    session,
    server: SERVER,
    report_interval_ms: reportInterval,
    service_down_time_ms: serviceDownTime,
  });
  if (!mayReportAtAll(identity)) {
    refuse('forbidden', MAY_NOT_REPORT, CLOSE.forbidden);
  } else {
    keepPinging();
    endWhenExpired();
    endWhenRevoked();
  }

  return {
    message(text) {
      if (!isOpen) return;
      answered();
      // An agent usually sends the same text again; comparing it costs almost nothing next to parsing it.
      const known = text === last?.text ? last?.frame : text && batches.get(text);
      const said = known || parsed(text);
      const nul = text?.includes('\\u0000') ? fieldWithNul(said) : undefined;
      if (nul !== undefined) return refuse('bad_frame', nulProblem(nul || 'the frame'), CLOSE.badFrame);
      if (isReportFrame(said)) {
        if (!admits(said.reports.length)) return;
        if (said.seq === undefined) {
          if (said !== last?.frame) last = { text, frame: said };
          if (said !== known && text !== undefined) batches.keep(text, said);
          return gathered.add(said.reports);
        }
        gathered.flush();
        void report(said.reports, said.seq);
        return;
      }
      gathered.flush();
      const frame = AgentUpstream.safeParse(said);
      if (!frame.success) {
        const issue = frame.error.issues[0];
        const field = issue?.path.join('.') ?? '';
        refuse(
          'bad_frame',
          field === '' ? 'not a frame of this protocol' : `${field}: ${issue?.message}`,
          CLOSE.badFrame,
        );
      } else if (frame.data.type === 'goodbye' && frame.data.reason === 'shutdown') {
        connection.goodbye(0);
      } else if (frame.data.type === 'goodbye') {
        connection.goodbye(frame.data.ttl_ms ?? serviceDownTime);
      }
    },
    pong() {
      answered();
    },
    closed(code, brokenBy) {
      leave(code, brokenBy ?? 'closed');
    },
  };
}

/** True for an agent's token, or a role that may report for every host. */
export function mayReportAtAll(identity: Identity): boolean {
  if (identity.kind === 'watch') return false;
  return identity.kind === 'agent'
    ? identity.hosts.length > 0
    : hasRole(identity, 'admin') || hasRole(identity, 'service');
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
