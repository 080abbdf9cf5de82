/** An agent's connection for tests: what it was sent, and how it was closed. */
import { AgentDownstream } from '../../../client-sdk/protocol/agent.ts';
import type { Identity } from '../../../server/identity/identity.ts';
import { createAgentSession } from '../../../server/liveness/agents/session.ts';
import type { Socket, SocketEvents } from '../../../server/socket/socket.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import type { FakeAuthenticator } from '../../support/identity.ts';
import { OPERATOR, settled, type Watched } from '../support.ts';

export interface Agent extends SocketEvents {
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any frame
  readonly frames: any[];
  readonly closedWith: number[];
  pings: number;
  terminated: boolean;
  /** Bytes that it has not read. */
  buffered: number;
  say(frame: unknown): Promise<void>;
  report(...hosts: string[]): Promise<void>;
}

export function agent(w: Watched, identity: Identity = OPERATOR, authenticator?: FakeAuthenticator): Agent {
  const frames: unknown[] = [];
  const closedWith: number[] = [];
  const state = { pings: 0, terminated: false, buffered: 0 };
  const socket: Socket = {
    send: (text) => void frames.push(AgentDownstream.parse(JSON.parse(text))),
    sendShared: () => {
      throw new Error('agents are sent no shared texts');
    },
    write: () => {
      throw new Error('agents are sent no prepared frames');
    },
    get bufferedAmount() {
      return state.buffered;
    },
    drained: (then) => then(),
    ping: () => void state.pings++,
    close: (code) => void closedWith.push(code),
    terminate: () => {
      state.terminated = true;
    },
  };
  const events = createAgentSession({
    socket,
    identity,
    liveness: w.liveness,
    clock: w.clock,
    logger: noLogger,
    session: 's1',
    timers: w.timers,
    ...(authenticator === undefined ? {} : { authenticator, token: 'good' }),
  });
  const say = async (frame: unknown) => {
    events.message(typeof frame === 'string' ? frame : JSON.stringify(frame));
    await settled();
  };
  return {
    ...events,
    frames,
    closedWith,
    get pings() {
      return state.pings;
    },
    get terminated() {
      return state.terminated;
    },
    get buffered() {
      return state.buffered;
    },
    set buffered(bytes: number) {
      state.buffered = bytes;
    },
    say,
    report: (...hosts) => say({ type: 'report', reports: hosts.map((host) => ({ host })) }),
  };
}

export const key = (host: string) => ({ host, binary: 'nova-compute' });
/** The last change that was committed, in short. */
export const last = (w: Watched) => `${w.sent.at(-1)?.host} ${w.sent.at(-1)?.to} ${w.sent.at(-1)?.cause}`;
