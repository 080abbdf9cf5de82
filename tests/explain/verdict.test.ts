import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { WitnessAnswer } from '../../server/domain/silence/reception.ts';
import type { SilenceRecord } from '../../server/domain/silence/silence-record.ts';
import type { Case, KnownChange } from '../../server/explain/case.ts';
import { type VerdictCode, verdictOf } from '../../server/explain/verdict.ts';
import { durationText } from '../../server/explain/words.ts';

const test = suite('verdicts');

const T = Date.UTC(2026, 0, 31, 12);
const UP = { forced_down: false, disabled: false, live: true };
const SILENT = { ...UP, live: false };

function change(fields: Partial<KnownChange>): KnownChange {
  return { at: T, from: 'UP', to: 'UNKNOWN', cause: 'timeout', facts: SILENT, evidence: 'none', ...fields };
}

function record(fields: Partial<SilenceRecord> = {}): SilenceRecord {
  return {
    at: T,
    arrivals: [T - 60_000, T - 70_000],
    lastHeard: T - 60_000,
    reportInterval: 10_000,
    serviceDownTime: 60_000,
    deadline: T,
    lateness: 10,
    allowance: 0,
    connection: { state: 'none' },
    observer: { state: 'ok' },
    others: { reporting: 41, late: 0, wereHeard: true },
    together: { count: 0, hosts: [] },
    ...fields,
  };
}

function asked(fields: Partial<Case>): Case {
  return {
    name: 'c1',
    at: T + 1_000,
    change: undefined,
    silence: undefined,
    record: undefined,
    status: undefined,
    addedAt: 0,
    ...fields,
  };
}

function silence(fields: Partial<KnownChange>, of: Partial<SilenceRecord> = {}): Partial<Case> {
  const one = change(fields);
  return { change: one, silence: one, record: record(of) };
}

const HEARD = {
  lastHeard: T,
  age: 1_000,
  silentIn: 59_000,
  reportInterval: 10_000,
  confidence: 'observed',
} as const;

const CASES: readonly [VerdictCode, Partial<Case>, RegExp][] = [
  [
    'reports_stopped',
    silence({}),
    /no report came after 2026-01-31T11:59:00.000Z within its 1 min, while 41 of 41 others reported/,
  ],
  ['agent_unanswered', silence({ evidence: 'unanswered' }), /did not answer/],
  [
    'agent_connection_closed',
    silence({ cause: 'connection_lost', evidence: 'closed' }),
    /servers may run on/,
  ],
  ['agent_connection_reset', silence({ cause: 'connection_lost', evidence: 'reset' }), /was reset/],
  ['agent_connection_dropped', silence({ cause: 'connection_lost', evidence: 'none' }), /hostbeat ended/],
  ['agent_unanswered', silence({ cause: 'connection_lost', evidence: 'unanswered' }), /did not answer/],
  ['agent_goodbye', silence({ cause: 'goodbye', evidence: 'goodbye' }), /stopped on purpose/],
  ['many_at_once', silence({ cause: 'mass' }), /share a cause/],
  ['not_heard_since_start', silence({ detectedAfterRestart: true }), /hostbeat was started/],
  ['never_reported', silence({}, { lastHeard: null }), /has never reported/],
  ['declared_silent', { change: change({ cause: 'service_added', from: null }) }, /recorded as silent/],
  ['placed_on_silent_host', { change: change({ cause: 'placement' }) }, /placed on it/],
  [
    'return_held',
    { ...silence({}), now: { ...HEARD, silentIn: null, confidence: 'flap_hold' } },
    /held back/,
  ],
  ['reporting', { status: 'UP' }, /^c1 reported as usual/],
  ['reporting', { status: 'UP', now: HEARD }, /^c1 reports as usual, the last time at/],
  ['late', { status: 'UP', now: { ...HEARD, age: 15_001, silentIn: 44_999 } }, /missed a report.*in 45 s/],
  ['unheard_yet', { status: 'UP', now: { ...HEARD, confidence: 'grace' } }, /59 s left to report/],
  [
    'never_reported',
    { status: 'UP', now: { ...HEARD, lastHeard: null, confidence: 'never_heard' } },
    /declared so/,
  ],
  [
    'returned',
    {
      ...silence({}),
      change: change({ at: T + 90_000, from: 'UNKNOWN', to: 'UP', cause: 'heartbeat', facts: UP }),
    },
    /because no report came .*; it reported again at 2026-01-31T12:01:30.000Z, 1 min 30 s later/,
  ],
  [
    'forced_down',
    {
      change: change({
        to: 'DOWN',
        cause: 'forced_down',
        actor: 'u1',
        reason: 'no power',
        facts: { ...SILENT, forced_down: true },
      }),
    },
    /by u1 \("no power"\)/,
  ],
  [
    'forced_down_and_heard',
    {
      change: change({
        to: 'DOWN',
        cause: 'forced_down',
        facts: { ...UP, forced_down: true },
        heardWhileForcedDown: true,
      }),
    },
    /may run twice/,
  ],
  [
    'disabled',
    {
      change: change({
        to: 'MAINTENANCE',
        cause: 'disabled',
        facts: { ...UP, disabled: true, forced_down: true },
      }),
    },
    /declared down as well/,
  ],
  [
    'switched_back',
    { change: change({ from: 'DOWN', to: 'UP', cause: 'forced_down', facts: UP }) },
    /lifted/,
  ],
  [
    'switched_back',
    { change: change({ from: 'MAINTENANCE', to: 'UP', cause: 'disabled', facts: UP }) },
    /enabled/,
  ],
  ['not_there_yet', { addedAt: T + 2_000, status: 'UP' }, /was added at 2026-01-31T12:00:02.000Z/],
  ['not_recorded', {}, /is not recorded/],
  ['no_compute_service', { change: change({ to: null, cause: 'service_removed' }) }, /no compute service/],
];

for (const [n, [code, given, words]] of CASES.entries()) {
  test(`${n + 1}: ${code}`, () => {
    const verdict = verdictOf(asked(given));
    assert.is(verdict.code, code);
    assert.match(verdict.text, words);
    assert.is(verdict.doubtful, false);
    if (code === 'returned') assert.is(verdict.after, 'reports_stopped');
  });
}

test('where hostbeat may not have been able to receive, it says so', () => {
  const verdict = verdictOf(asked({ ...silence({ cause: 'mass' }), doubt: 'it may have heard nobody' }));
  assert.equal([verdict.code, verdict.doubtful], ['many_at_once', true]);
  assert.match(verdict.text, /Doubtful: it may have heard nobody\.$/);
});

test('it says how many others there were, and what time was not counted', () => {
  const text = (of: Partial<SilenceRecord>) => verdictOf(asked(silence({}, of))).text;
  assert.match(text({ others: { reporting: 0, late: 0, wereHeard: false } }), /no other service to compare/);
  assert.match(text({ others: { reporting: 9, late: 9, wereHeard: false } }), /not heard as usual either/);
  assert.match(text({ allowance: 20_000 }), /20 s in which hostbeat itself did not run/);
  assert.not.match(text({ others: null }), /others/);
});

test('where no other service could vouch, it says what the witness said', () => {
  const others = { reporting: 0, late: 0, wereHeard: false };
  const text = (witness?: WitnessAnswer) =>
    verdictOf(asked(silence({}, { others, ...(witness === undefined ? {} : { witness }) }))).text;
  assert.match(text('reachable'), /a witness outside was reachable, so hostbeat was not cut off\.$/);
  assert.match(text('unreachable'), /no witness outside was reachable\.$/);
  assert.match(text('asking'), /had answered yet\.$/);
  assert.match(text('unset'), /no witness is configured/);
  assert.not.match(text(), /witness/);
  assert.not.match(verdictOf(asked(silence({}, { witness: 'reachable' }))).text, /witness/, 'others vouched');
});

test('durations read as people say them', () => {
  const texts = [0, 449, 9_949, 9_950, 60_000, 200_000, 3_600_000, 7_500_000, 90_000_000].map(durationText);
  assert.equal(texts, [
    '0 s',
    '0.4 s',
    '9.9 s',
    '10 s',
    '1 min',
    '3 min 20 s',
    '1 h',
    '2 h 5 min',
    '1 d 1 h',
  ]);
});

test.run();
