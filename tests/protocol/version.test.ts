import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE, retryAfter } from '../../client-sdk/protocol/close-codes.ts';
import { jsonSchema } from '../../client-sdk/protocol/json-schema.ts';
import {
  AGENT_SUBPROTOCOL,
  PROTOCOL_HISTORY,
  SUBPROTOCOL,
  WEBHOOK_MESSAGES,
} from '../../client-sdk/protocol/version.ts';

/** Hash of the JSON Schema documents as they were last looked at. */
const PINNED = {
  [SUBPROTOCOL]: 'c60ac34bf8de2112',
  [AGENT_SUBPROTOCOL]: '2c9e7604cb90df66',
  [WEBHOOK_MESSAGES]: '8ddaa001561a0585',
};

const test = suite('protocol version');

function hash(name: keyof typeof PINNED): string {
  return createHash('sha256')
    .update(JSON.stringify(jsonSchema(name, 'writer')))
    .digest('hex')
    .slice(0, 16);
}

for (const name of [SUBPROTOCOL, AGENT_SUBPROTOCOL, WEBHOOK_MESSAGES] as const) {
  test(`the wire of ${name} is the one that was pinned`, () => {
    assert.is(
      hash(name),
      PINNED[name],
      [
        `The schemas of ${name} differ from those that were pinned.`,
        'Would a client of yesterday stumble? Then give the new wire a new name in client-sdk/protocol/version.ts, with a line in PROTOCOL_HISTORY, and go on serving the old one.',
        'If it only adds what old readers ignore: tell it in PROTOCOL.md, and pin the new hash here.',
      ].join('\n'),
    );
  });
}

test('the newest line of the history is the version that is spoken', () => {
  assert.ok(PROTOCOL_HISTORY.at(-1)?.startsWith(`${SUBPROTOCOL}: `));
});

test('every close has one code, a reason that fits its frame, and says what to do next', () => {
  const all = Object.values(CLOSE);
  assert.is(new Set(all.map(({ code }) => code)).size, all.length);
  for (const { code, reason, retry } of all) {
    assert.ok(Buffer.byteLength(reason) <= 123);
    assert.ok([1000, 1001, 1009, 1012, 1013].includes(code) || (code >= 4000 && code < 5000));
    assert.is(retryAfter(code), retry);
  }
  assert.is(retryAfter(1006), 'resume');
});

test.run();
