import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Progress, Receipts } from '../../../server/hub/delivery/receipts.ts';
import type { StreamName } from '../../../server/ports/log.ts';

const test = suite('receipts');

const STREAM: StreamName = 'project:p1';
const ROW = { seq: 5, unknownSeq: 2 };

function progress(fields: Partial<Progress> = {}): Progress {
  return {
    session: 's1',
    userId: 'u1',
    stream: STREAM,
    by: 'all',
    from: 0,
    sent: 5,
    acked: 0,
    filtered: false,
    ...fields,
  };
}

function of(open: readonly Progress[], row: { seq: number; unknownSeq: number | null } = ROW) {
  return new Receipts().of(STREAM, row, open);
}

test('a row is sent once its number was, and acknowledged once that was', () => {
  const states = (fields: Partial<Progress>) =>
    of([progress(fields)]).map(({ state, acknowledged }) => [state, acknowledged]);
  assert.equal(states({ sent: 4 }), [['waiting', false]]);
  assert.equal(states({ sent: 5, acked: 4 }), [['sent', false]]);
  assert.equal(states({ sent: 6, acked: 5 }), [['sent', true]]);
});

test('a subscription that began after the row, or of another stream, was not sent it', () => {
  assert.equal(of([progress({ from: 5 }), progress({ stream: 'project:p2' })]), []);
});

test('a reader under unknown-only is judged by the numbers that it counts', () => {
  const reader = { by: 'unknown-only' as const, sent: 2, acked: 1 };
  assert.equal(
    of([progress(reader)]).map(({ state, acknowledged }) => [state, acknowledged]),
    [['sent', false]],
  );
  assert.equal(of([progress(reader)], { seq: 6, unknownSeq: null }), [], 'a row that shows it nothing');
});

test('an ended subscription is remembered with its end, if it was sent the row', () => {
  const receipts = new Receipts();
  receipts.ended(progress({ session: 'late', from: 5, sent: 9 }), 1);
  receipts.ended(progress({ session: 'early', sent: 4 }), 2);
  receipts.ended(progress({ session: 'there', acked: 5 }), 3);
  assert.equal(
    receipts
      .of(STREAM, ROW, [])
      .map(({ session, endedAt, acknowledged }) => [session, endedAt, acknowledged]),
    [['there', 3, true]],
  );
});

test('a subscription that was sent nothing is not remembered', () => {
  const receipts = new Receipts();
  for (let n = 0; n < 100; n += 1) receipts.ended(progress({ from: 5, sent: 5 }), n);
  receipts.ended(progress({ session: 'there' }), 100);
  assert.is(receipts.of(STREAM, ROW, []).length, 1);
});

test('the last 64 of a stream are remembered, newest first', () => {
  const receipts = new Receipts();
  for (let n = 0; n < 100; n += 1) receipts.ended(progress({ session: `s${n}` }), n);
  const sessions = receipts.of(STREAM, ROW, []).map(({ session }) => session);
  assert.equal([sessions.length, sessions[0], sessions.at(-1)], [64, 's99', 's36']);
});

test('one that was sent nothing takes the place of none that was', () => {
  const receipts = new Receipts();
  receipts.ended(progress(), 0);
  for (let n = 0; n < 64; n += 1) receipts.ended(progress({ from: 5, sent: 5 }), n);
  assert.is(receipts.of(STREAM, ROW, []).length, 1);
});

test('a thousand streams are remembered, and the one used longest ago is forgotten', () => {
  const receipts = new Receipts();
  for (let n = 0; n < 1_000; n += 1) receipts.ended(progress({ stream: `project:${n}` }), n);
  receipts.ended(progress({ stream: 'project:0' }), 1_000);
  receipts.ended(progress({ stream: 'project:new' }), 1_001);
  const remembered = (stream: StreamName) => receipts.of(stream, ROW, []).length;
  assert.equal([remembered('project:0'), remembered('project:1'), remembered('project:new')], [2, 0, 1]);
});

test.run();
