import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../client-sdk/protocol/close-codes.ts';
import { createEvents } from '../../server/telemetry/events.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { createMetrics, gauges } from '../../server/telemetry/metrics.ts';

const test = suite('events and metrics');

const world = () => {
  const metrics = createMetrics();
  return { metrics, events: createEvents(metrics, noLogger), text: () => metrics.registry.metrics() };
};

test('a close code of a client is counted as other, so that no client makes series', async () => {
  const { events, text } = world();
  for (const code of [CLOSE.slowConsumer.code, 1006, 4999, 3123]) events.socketClosed('stream', code);
  const found = [...(await text()).matchAll(/closed_total\{kind="stream",code="(\w+)"\} (\d+)/g)];
  assert.equal(found.map(([, code, count]) => `${code} ${count}`).sort(), [
    '1006 1',
    `${CLOSE.slowConsumer.code} 1`,
    'other 2',
  ]);
});

test('a method that HTTP does not know makes no series', async () => {
  const { events, text } = world();
  for (const method of ['GET', 'BREW', 'STEEP']) events.requestAnswered('v1', method, 418, 0.1);
  const found = (await text()).match(/duration_seconds_count\{.*\} \d+/g) ?? [];
  assert.equal(
    found.map((line) => /method="(\w+)".*status="(\w+)".* (\d+)$/.exec(line)?.slice(1).join(' ')),
    ['GET 4xx 1', 'other 4xx 2'],
  );
});

test('times are in seconds', async () => {
  const { events, text } = world();
  events.silenceTold(1_500);
  events.observerPaused(2_500);
  assert.match(await text(), /^hostbeat_silence_lateness_seconds_sum 1\.5$/m);
  assert.match(await text(), /^hostbeat_observer_paused_seconds_total 2\.5$/m);
});

test('series that alerts watch begin at zero, so that the first event is an increase', async () => {
  const text = await world().text();
  for (const series of [
    'reports_total{outcome="rejected"}',
    'commits_failed_total{what="silence"}',
    'mass_silences_total{held="true"}',
    'answers_cut_total{why="stalled"}',
    'connections_turned_away_total{why="descriptors"}',
    'reloads_total{what="policy",outcome="refused"}',
    `connections_closed_total{kind="agent",code="${CLOSE.slowConsumer.code}"}`,
  ])
    assert.ok(text.includes(`hostbeat_${series} 0\n`), series);
});

test('an event that cannot be counted harms no caller', () => {
  const { metrics, events } = world();
  metrics.commits.inc = () => {
    throw new Error('broken');
  };
  events.committed();
});

test('a gauge of several series drops series that no longer exist', async () => {
  const { metrics, text } = world();
  let zones: (readonly [string, number])[] = [
    ['az1', 3],
    ['az2', 4],
  ];
  gauges(metrics, 'made_up', 'For this test.', 'zone', () => zones);
  assert.match(await text(), 'hostbeat_made_up{zone="az2"} 4');
  zones = [['az1', 5]];
  assert.match(await text(), 'hostbeat_made_up{zone="az1"} 5');
  assert.not.match(await text(), 'az2');
});

test.run();
