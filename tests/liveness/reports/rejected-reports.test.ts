/** Reports for hosts that a token may not report for are recorded, and a flood of them is not. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AuditEntry } from '../../../server/domain/audit.ts';
import { RejectedReports } from '../../../server/liveness/reports/rejected-reports.ts';
import { FakeClock } from '../../support/clock.ts';
import { agentFor } from '../support.ts';

const test = suite('rejected reports');

function world() {
  const clock = new FakeClock();
  const recorded: AuditEntry[] = [];
  const rejected = new RejectedReports({ record: async (entry) => void recorded.push(entry) }, clock);
  const note = (host: string) => rejected.note(agentFor('c1'), { host, binary: 'nova-compute' }, '10.0.0.1');
  return { clock, recorded, note };
}

test('the same one is recorded once an hour, by who sent it and from where', async () => {
  const { clock, recorded, note } = world();
  for (let n = 0; n < 10; n++) await note('c2');
  assert.equal(
    recorded.map(({ actor, from, subject }) => [actor, from, subject]),
    [['agent-c1', '10.0.0.1', 'service:c2/nova-compute']],
  );
  clock.advance(3_600_000);
  await note('c2');
  assert.is(recorded.length, 2);
});

test('a flood of names is recorded a thousand times an hour at most', async () => {
  const { clock, recorded, note } = world();
  for (let n = 0; n < 1_500; n++) await note(`c${n}`);
  assert.is(recorded.length, 1_000);
  clock.advance(3_600_000);
  await note('c9999');
  assert.is(recorded.length, 1_001);
});

test.run();
