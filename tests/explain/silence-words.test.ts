/** What an explanation says of the others at the time of a silence. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { OthersRecord, SilenceRecord } from '../../server/domain/silence/silence-record.ts';
import type { Case } from '../../server/explain/case.ts';
import { whySilent } from '../../server/explain/silence-words.ts';

const test = suite('why a service was called silent');

const T = Date.UTC(2026, 0, 31, 12);

function why(
  others: OthersRecord | null,
  fields: Partial<SilenceRecord> = {},
  code = 'reports_stopped',
): string {
  const record = { lastHeard: T, serviceDownTime: 60_000, allowance: 0, others, ...fields };
  return whySilent({ record } as Case, code as 'reports_stopped');
}

test('of the others those that were late do not count as reporting', () => {
  assert.match(why({ reporting: 41, late: 3, wereHeard: true }), /, while 38 of 41 others reported$/);
});

test('without others it says so, and what a witness answered', () => {
  const alone = { reporting: 0, late: 0, wereHeard: false };
  assert.match(
    why(alone, { witness: 'reachable' }),
    /no other service to compare it with; but a witness outside was/,
  );
  assert.match(why(alone, { witness: 'unset' }), /no witness is configured \(HOSTBEAT_WITNESS\)$/);
  assert.match(
    why({ reporting: 5, late: 5, wereHeard: false }),
    /the others were not heard as usual either$/,
  );
});

test('of many at once, or of one that never reported, the others prove nothing', () => {
  const others = { reporting: 41, late: 3, wereHeard: true };
  for (const code of ['many_at_once', 'never_reported'])
    assert.not.match(why(others, {}, code), /others reported/);
  assert.not.match(why(null), /others/);
});

test('a second and more in which hostbeat did not run is named', () => {
  const others = { reporting: 1, late: 0, wereHeard: true };
  assert.match(
    why(others, { allowance: 1_000 }),
    /; 1 s in which hostbeat itself did not run were not counted$/,
  );
  assert.not.match(why(others, { allowance: 999 }), /not counted/);
  assert.not.match(why(others, { allowance: 5_000 }, 'not_heard_since_start'), /not counted/);
});

test.run();
