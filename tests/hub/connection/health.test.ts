import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Cursor } from '../../../client-sdk/protocol/cursor.ts';
import { HealthFrames } from '../../../server/hub/connection/health-frames.ts';

const test = suite('health frames');

test('clients at the same place share a frame, until the observer changes', () => {
  let observed = '"observer":"ok"';
  let made = 0;
  const frames = new HealthFrames(
    () => observed,
    (...texts) => {
      made += 1;
      return { texts, bytes: 0 };
    },
  );
  const [here, there] = ['a', 'b'] as unknown as Cursor[];
  if (here === undefined || there === undefined) throw new Error('no cursors');
  const first = frames.at('s', here);
  assert.is(frames.at('s', here), first);
  assert.is.not(frames.at('t', here), first);
  assert.is.not(frames.at('s', there), first);
  assert.is(made, 3);
  assert.equal(first.texts, ['{"type":"health","observer":"ok","subscriptions":[{"id":"s","cursor":"a"}]}']);
  observed = '"observer":"degraded"';
  assert.match(frames.at('s', here).texts[0] ?? '', /degraded/);
});

test('the number of remembered frames is bounded', () => {
  const made: string[] = [];
  const frames = new HealthFrames(
    () => '"observer":"ok"',
    (...texts) => {
      made.push(...texts);
      return { texts, bytes: 0 };
    },
  );
  const place = 'a' as unknown as Cursor;
  for (let n = 0; n < 1_001; n++) frames.at(String(n), place);
  frames.at('0', place);
  assert.is(made.length, 1_002);
});

test.run();
