import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ConnectionState,
  next,
  STATE_EVENTS,
  STATES,
  type StateEvent,
} from '../../../client-sdk/src/connection/connection-state.ts';

const test = suite('connection state');

/** Every step that leads anywhere. What is not here must stay where it is. */
const STEPS: Record<ConnectionState, Partial<Record<StateEvent, ConnectionState>>> = {
  idle: { connect: 'authenticating', close: 'closed' },
  authenticating: {
    token: 'connecting',
    lost: 'waiting',
    refused: 'stopped',
    full: 'paused',
    close: 'closed',
  },
  connecting: { open: 'greeting', lost: 'waiting', refused: 'stopped', full: 'paused', close: 'closed' },
  greeting: { welcome: 'catching-up', lost: 'waiting', refused: 'stopped', full: 'paused', close: 'closed' },
  'catching-up': { synced: 'live', lost: 'waiting', refused: 'stopped', full: 'paused', close: 'closed' },
  live: { lost: 'waiting', refused: 'stopped', full: 'paused', close: 'closed' },
  waiting: { connect: 'authenticating', full: 'paused', close: 'closed' },
  paused: { drained: 'authenticating', close: 'closed' },
  stopped: { connect: 'authenticating', close: 'closed' },
  closed: {},
};

test('every state answers every event, and nothing moves it but what is listed', () => {
  for (const state of STATES) {
    for (const event of STATE_EVENTS) {
      assert.is(next(state, event), STEPS[state][event] ?? state, `${state} + ${event}`);
    }
  }
});

test('closed is final', () => {
  for (const event of STATE_EVENTS) assert.is(next('closed', event), 'closed');
});

test('only closing and the application lead out of stopped', () => {
  const leading = STATE_EVENTS.filter((event) => next('stopped', event) !== 'stopped');
  assert.equal(leading, ['connect', 'close']);
});

test('from every state but closed a way leads back to live', () => {
  for (const start of STATES.filter((state) => state !== 'closed')) {
    const reached = new Set<ConnectionState>([start]);
    for (const state of reached) for (const event of STATE_EVENTS) reached.add(next(state, event));
    assert.ok(reached.has('live'), start);
  }
});

test.run();
