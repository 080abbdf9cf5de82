/** When an explanation says that hostbeat itself may be the reason for a silence. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SilenceRecord } from '../../server/domain/silence/silence-record.ts';
import type { KnownChange } from '../../server/explain/case.ts';
import { BEFORE, doubtAbout, observedBefore } from '../../server/explain/doubt.ts';
import type { ObserverEntry } from '../../server/ports/explanation-log.ts';

const test = suite('doubt about a silence');

const silence = (cause: KnownChange['cause']): KnownChange => ({
  at: 60_000,
  from: 'UP',
  to: 'UNKNOWN',
  cause,
});
const observed = (state: string, code?: string) => [{ at: 55_000, state, code } as ObserverEntry];
const recorded = (state: string, code?: string) => ({ observer: { state, code } }) as SilenceRecord;

test('a silence by time, while hostbeat may have been unable to receive, is doubted', () => {
  for (const cause of ['timeout', 'mass'] as const)
    assert.match(
      doubtAbout(silence(cause), undefined, observed('degraded', 'maybe_deaf')) ?? '',
      /unable to receive/,
    );
});

test('the moment of the silence itself counts too', () => {
  assert.match(
    doubtAbout(silence('timeout'), recorded('degraded', 'maybe_deaf'), []) ?? '',
    /unable to receive/,
  );
});

test('what was received is not doubted, nor what happened in another trouble', () => {
  const troubled = observed('degraded', 'maybe_deaf');
  for (const cause of ['connection_lost', 'forced_down', 'goodbye'] as unknown as KnownChange['cause'][])
    assert.is(doubtAbout(silence(cause), recorded('degraded', 'maybe_deaf'), troubled), undefined);
  assert.is(doubtAbout(undefined, undefined, troubled), undefined);
  assert.is(doubtAbout(silence('timeout'), recorded('ok'), observed('ok')), undefined);
  assert.is(doubtAbout(silence('timeout'), undefined, observed('degraded', 'slow')), undefined);
});

test('the ten seconds before a silence are looked at, and nothing without one', () => {
  const asked: unknown[] = [];
  const look = (at: number, before: number) => {
    asked.push([at, before]);
    return observed('ok');
  };
  assert.is(observedBefore(silence('timeout'), look).length, 1);
  assert.equal(observedBefore(undefined, look), []);
  assert.equal(asked, [[60_000, BEFORE]]);
  assert.is(BEFORE, 10_000);
});

test.run();
