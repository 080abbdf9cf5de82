import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebhookMessage } from '../../client-sdk/protocol/webhook.ts';
import type { Message } from '../../server/webhooks/messages.ts';
import { messagesOf, resetMessage, testMessage } from '../../server/webhooks/messages.ts';
import { change } from '../sdk/support/frames.ts';
import { BUILT_AT } from '../support/builders.ts';

const test = suite('what webhooks bring');

const webhook = { id: 'w1', projectId: 'p1', format: 'cloudevents' } as never;
const sent = { epoch: 'e1', seq: 42, at: BUILT_AT };

test('every message of the server is as the schema says, and has nothing besides', () => {
  const one = messagesOf(webhook, { ...sent, items: [change('s1', 'DOWN')] });
  const two = messagesOf(webhook, { ...sent, items: [change('s1', 'DOWN'), change('s2', 'DOWN')] });
  const messages: Message[] = [
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

test.run();
