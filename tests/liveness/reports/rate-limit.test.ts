/** What an agent's token may send, counted by reports. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ReportRateLimit } from '../../../server/liveness/reports/rate-limit.ts';
import { FakeClock } from '../../support/clock.ts';
import { agentFor, OPERATOR } from '../support.ts';

const test = suite('rate of reports');

test('an idle hour saves up one burst and no more', () => {
  const clock = new FakeClock();
  const limit = new ReportRateLimit(clock);
  assert.is(limit.take(agentFor('c1'), 100), 0);
  assert.is(limit.take(agentFor('c1'), 1), 100);
  clock.advance(3_600_000);
  assert.is(limit.take(agentFor('c1'), 100), 0);
  assert.is(limit.take(agentFor('c1'), 1), 100);
});

test('a batch above the burst is taken when a whole burst is there', () => {
  const clock = new FakeClock();
  const limit = new ReportRateLimit(clock);
  assert.is(limit.take(agentFor('c1'), 5_000), 0);
  assert.is(limit.take(agentFor('c1'), 5_000), 10_000);
  clock.advance(10_000);
  assert.is(limit.take(agentFor('c1'), 5_000), 0);
});

test('each host of a token adds to its rate, and each token has its own', () => {
  const limit = new ReportRateLimit(new FakeClock());
  assert.is(limit.take(agentFor('c1', 'c2'), 200), 0);
  assert.is.not(limit.take(agentFor('c1', 'c2'), 1), 0);
  assert.is(limit.take(agentFor('c3'), 100), 0);
});

test('operators and tokens for any host are not limited', () => {
  const limit = new ReportRateLimit(new FakeClock());
  for (const identity of [OPERATOR, agentFor('*')]) assert.is(limit.take(identity, 1_000_000), 0);
});

test.run();
