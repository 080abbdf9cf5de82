/**
 * The client's life as a total table: every state answers every event, if only by staying. Pure; the effects of
 * entering a state are the client's.
 *
 *   idle -> authenticating -> connecting -> greeting -> catching-up -> live
 *             ^                                                         |
 *             +---- waiting (back-off) <------- lost -------------------+
 *
 * `paused`: the consumer is slower than the stream, the socket is given up until it has caught up. `stopped`: the
 * server refused for good; nothing happens until the application acts. `closed` is final.
 */
export const STATES = [
  'idle',
  'authenticating',
  'connecting',
  'greeting',
  'catching-up',
  'live',
  'waiting',
  'paused',
  'stopped',
  'closed',
] as const;
export type ConnectionState = (typeof STATES)[number];

export const STATE_EVENTS = [
  /** Begin, or try again: at the start, when the back-off has passed, or because the application says so. */
  'connect',
  /** The token provider answered. */
  'token',
  /** The socket is open. */
  'open',
  /** `welcome` came: the server knows who we are. */
  'welcome',
  /** `synced` came: the client has everything up to now. */
  'synced',
  /** The connection or the token provider failed in a way that may pass. */
  'lost',
  /** The server refused in a way that will not pass by itself. */
  'refused',
  /** The consumer's queue is full. */
  'full',
  /** The consumer has caught up. */
  'drained',
  /** The application closed the client. */
  'close',
] as const;
export type StateEvent = (typeof STATE_EVENTS)[number];

/** The next state for each event. An event that is not listed changes nothing. */
type Row = Readonly<Partial<Record<StateEvent, ConnectionState>>>;

/** Events of every attempt, under way or succeeded: it can be lost, refused, or given up for a slow consumer. */
const TRYING: Row = { lost: 'waiting', refused: 'stopped', full: 'paused', close: 'closed' };

const TABLE: Readonly<Record<ConnectionState, Row>> = {
  idle: { connect: 'authenticating', close: 'closed' },
  authenticating: { ...TRYING, token: 'connecting' },
  connecting: { ...TRYING, open: 'greeting' },
  greeting: { ...TRYING, welcome: 'catching-up' },
  'catching-up': { ...TRYING, synced: 'live' },
  live: TRYING,
  waiting: { connect: 'authenticating', full: 'paused', close: 'closed' },
  paused: { drained: 'authenticating', close: 'closed' },
  stopped: { connect: 'authenticating', close: 'closed' },
  closed: {},
};

/** The state after `event`; the same state if the event changes nothing. Never throws. */
export function next(state: ConnectionState, event: StateEvent): ConnectionState {
  return TABLE[state][event] ?? state;
}
