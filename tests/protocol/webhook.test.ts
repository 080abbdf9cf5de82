import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebhookMessage } from '../../client-sdk/protocol/webhook.ts';
import { itemEpoch } from '../../server/stream/item-epoch.ts';
import type { DeliveryMessage } from '../../server/webhooks/delivery/messages.ts';
import { messagesOf, resetMessage, testMessage } from '../../server/webhooks/delivery/messages.ts';
import { change } from '../sdk/support/frames.ts';
import { BUILT_AT } from '../support/builders.ts';

const test = suite('what webhooks bring');

const webhook = { id: 'w1', projectId: 'p1', format: 'cloudevents' } as never;
const sent = { epoch: 'e1', seq: 42, at: BUILT_AT };

test('every message of the server is as the schema says, and has nothing besides', () => {
  const one = messagesOf(webhook, { ...sent, items: [change('s1', 'DOWN')] });
  const two = messagesOf(webhook, { ...sent, items: [change('s1', 'DOWN'), change('s2', 'DOWN')] });
  const messages: DeliveryMessage[] = [
    ...one,
    ...two,
    resetMessage(webhook, sent),
    testMessage(webhook, 'm1', BUILT_AT),
  ];
  const types = messages.map(({ body }) => {
    const message = JSON.parse(body);
    assert.equal(WebhookMessage.parse(message), message);
    return message.type;
  });
  assert.equal(types, [
    'io.hostbeat.changes',
    'io.hostbeat.changes',
    'io.hostbeat.reset',
    'io.hostbeat.test',
  ]);
});

test('a number that is given again after a restore has another name', () => {
  const aodh = { ...(webhook as object), format: 'aodh', hostStatus: null, name: 'doctor' } as never;
  const items = [change('s1', 'DOWN')];
  for (const hook of [webhook, aodh]) {
    const named = (entry: number) => ({ ...sent, epoch: itemEpoch('e', entry, 'all'), items });
    const ids = [7, 7, 8].map((entry) => messagesOf(hook, named(entry))[0]?.id);
    assert.is(ids[0], ids[1], 'the same for every attempt');
    assert.is.not(ids[0], ids[2]);
  }
});

test('a drill is a message of its own kind, and never an alarm', () => {
  const drill = {
    ...change('s1', 'DOWN'),
    kind: 'drill',
    cause: 'drill',
    drill: { id: 'd1', until: '2026-01-01T00:01:00.000Z' },
  } as const;
  const [message] = messagesOf(webhook, { ...sent, items: [drill] });
  assert.is(JSON.parse(message?.body ?? '').data.items[0].kind, 'drill');
  const alarm = { ...(webhook as object), format: 'aodh', hostStatus: null, name: 'doctor' } as never;
  assert.equal(messagesOf(alarm, { ...sent, items: [drill] }), []);
  assert.is(messagesOf(alarm, { ...sent, items: [change('s1', 'DOWN')] }).length, 1);
});

test.run();
