/** What documents of monitors say about hosts. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  AlertmanagerBody,
  InspectorBody,
  signalsOfAlerts,
  signalsOfEvents,
} from '../../../server/api/receivers/host-signals.ts';

const test = suite('signals of monitors');

const alertsOf = (...alerts: object[]) =>
  signalsOfAlerts(AlertmanagerBody.parse({ version: '4', alerts }), 'instance').map(
    (signal): Record<string, unknown> => ({ ...signal }),
  );
const eventsOf = (body: unknown) => signalsOfEvents(InspectorBody.parse(body));
const event = (details: object) => ({ type: 'compute.host.down', details: { hostname: 'c1', ...details } });

test('only an alert that says "confirmed" confirms the fence', () => {
  const fences = [{}, { fence: 'confirmed' }, { fence: 'none' }, { fence: 'Confirmed' }, { fence: '' }].map(
    (labels) => alertsOf({ status: 'firing', labels: { instance: 'c1', ...labels } })[0]?.fence,
  );
  assert.equal(fences, ['none', 'confirmed', 'none', 'none', 'none']);
});

test('an alert fires for a host without its port, and one without a host is said so', () => {
  const found = alertsOf(
    { status: 'firing', labels: { instance: 'c1:9100', alertname: 'HostDown' } },
    { status: 'resolved', labels: { instance: 'c2' }, annotations: { summary: 'it is back' } },
    { status: 'firing', labels: {} },
  );
  assert.equal(
    found.map(({ index, host, is, reason, why }) => [index, host, is, reason ?? why]),
    [
      [0, 'c1', 'down', 'alert HostDown'],
      [1, 'c2', 'up', 'it is back'],
      [2, undefined, undefined, 'the alert has no label "instance"'],
    ],
  );
});

test('an event without a status means down, and so does any status but up', () => {
  const is = [{}, { status: 'up' }, { status: 'down' }, { status: 'odd' }].map(
    (details) => eventsOf([event(details)])[0]?.is,
  );
  assert.equal(is, ['down', 'up', 'down', 'down']);
  assert.is(eventsOf(event({ status: 'up' }))[0]?.is, 'up');
});

test('one request names ten thousand hosts at most', () => {
  const events = Array.from({ length: 10_001 }, () => event({}));
  const alerts = events.map(() => ({ status: 'firing', labels: {} }));
  assert.not(InspectorBody.safeParse(events).success);
  assert.ok(InspectorBody.safeParse(events.slice(1)).success);
  assert.not(AlertmanagerBody.safeParse({ version: '4', alerts }).success);
  assert.ok(AlertmanagerBody.safeParse({ version: '4', alerts: alerts.slice(1) }).success);
});

test.run();
