/** What `AuditLog` promises, asked of any adapter. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BoundedAudit } from '../../server/audit/bounded.ts';
import { auditEntry } from '../../server/domain/audit.ts';
import { AUDIT_KEPT_OF_SHARE } from '../../server/ports/audit-log.ts';
import { FakeClock } from '../support/clock.ts';
import type { TestStore } from '../support/store.ts';

export function auditLogContract(name: string, open: () => Promise<TestStore>): void {
  const test = suite<{ t: TestStore }>(`audit log: ${name}`, {} as never);

  test.before.each(async (context) => {
    context.t = await open();
  });
  test.after.each(async ({ t }) => {
    await t.close();
  });

  const by = (actor: string, share?: string) => ({ actor, at: 1_000, share });
  const record = ({ audit }: TestStore, who: ReturnType<typeof by>, subject = 's') =>
    audit.record(auditEntry('x', subject, {}, who));

  test('entries come back newest first, as they were recorded', async ({ t }) => {
    await Promise.all(['a', 'b', 'c'].map((subject) => record(t, by('operator'), subject)));
    const entries = await t.audit.auditEntries({ limit: 2 });
    assert.equal(
      entries.map(({ subject }) => subject),
      ['c', 'b'],
    );
    const { id, ...newest } = entries[0] as (typeof entries)[number];
    assert.equal(newest, auditEntry('x', 'c', {}, by('operator')));
  });

  test('a project pushes out its own entries, and nobody else’s', async ({ t }) => {
    await record(t, by('operator'));
    await record(t, by('neighbour', 'project:b'));
    const many = Array.from({ length: AUDIT_KEPT_OF_SHARE + 5 }, (_, n) => n);
    await Promise.all(many.map((n) => record(t, by('busy', 'project:a'), `s${n}`)));
    const entries = await t.audit.auditEntries({ limit: many.length + 2 });
    assert.is(entries.length, AUDIT_KEPT_OF_SHARE + 2);
    assert.equal(
      entries.slice(-2).map(({ actor }) => actor),
      ['neighbour', 'operator'],
    );
    const own = entries.filter(({ actor }) => actor === 'busy').map(({ subject }) => subject);
    assert.equal([own[0], own.at(-1)], [`s${many.length - 1}`, 's5']);
  });

  test('shares come in pages, with the numbers of their oldest and newest entries', async ({ t }) => {
    await record(t, by('operator'));
    for (const share of ['project:b', 'account:c', 'project:a', 'project:b', 'project:b'])
      await record(t, by('owner', share));
    assert.is(await t.audit.forgetOldest('project:b', 2, 1), 1);
    const first = await t.audit.shares('', 2);
    assert.equal(first, [
      { share: 'account:c', first: 1, last: 1 },
      { share: 'project:a', first: 1, last: 1 },
    ]);
    assert.equal(await t.audit.shares('project:a', 2), [{ share: 'project:b', first: 2, last: 3 }]);
    assert.equal(await t.audit.shares('project:b', 2), []);
  });

  test('beyond the limit of all shares the largest lose their oldest entries', async ({ t }) => {
    for (let n = 0; n < 3; n++) await record(t, by('operator'));
    for (let n = 0; n < 9; n++) await record(t, by('busy', 'project:a'), `s${n}`);
    for (let n = 0; n < 5; n++) await record(t, by('less', 'project:b'));
    await record(t, by('small', 'project:c'));
    const bounded = new BoundedAudit({ audit: t.audit, clock: new FakeClock(), limit: 9 });
    while (await bounded.step());
    const entries = await t.audit.auditEntries({ limit: 100 });
    const left = (who: string) => entries.filter(({ actor }) => actor === who);
    assert.equal(
      ['operator', 'busy', 'less', 'small'].map((who) => left(who).length),
      [3, 4, 4, 1],
    );
    assert.equal(
      left('busy').map(({ subject }) => subject),
      ['s8', 's7', 's6', 's5'],
    );
    assert.is(bounded.entries, 9);
  });

  test.run();
}
