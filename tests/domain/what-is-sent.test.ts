/** What changes of facts are worth to owners and operators, and what they leave as it was. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServiceNews } from '../../server/domain/decision.ts';
import { itemForOperators, itemsForOwners, reasonOf, serviceState } from '../../server/domain/fan-out.ts';
import { onInstance } from '../../server/domain/instances/placement.ts';
import type { Service } from '../../server/domain/service.ts';
import { onSwitched } from '../../server/domain/transition.ts';
import { anInstance, aService } from '../support/builders.ts';
import { TEST_RULES } from '../support/store.ts';

const test = suite('what is sent');

const by = { actor: 'u1', at: 5_000 };
const down = { forcedDown: true, forcedDownAt: 1, forcedDownBy: 'u1', forcedDownReason: 'power' };
const placed = [anInstance({ id: 's1', projectId: 'p1' }), anInstance({ id: 's2', projectId: 'p2' })];

const newsOf = (before: Service, fields: Partial<Service>): ServiceNews => ({
  cause: 'forced_down',
  at: 5_000,
  before,
  after: { ...before, ...fields },
});

test('of two flags the force-down decides the cause', () => {
  const both = { ...down, disabled: true, disabledReason: 'upgrade' };
  assert.is(reasonOf(aService(both)), 'power');
  assert.is(reasonOf(aService({ ...both, forcedDownReason: null })), 'upgrade');
  assert.is(reasonOf(aService({ ...both, forcedDown: false })), 'upgrade');
});

test('one event has one correlation id, for owners and operators, also when retried', () => {
  const news = newsOf(aService(), down);
  const owners = [...itemsForOwners(news, placed, TEST_RULES).values()].flat();
  const ids = [...owners, itemForOperators(news, 2, TEST_RULES), itemForOperators(news, 2, TEST_RULES)].map(
    ({ correlation_id }) => correlation_id,
  );
  assert.is(ids.length, 4);
  assert.is(new Set(ids).size, 1);
  const other = itemForOperators({ ...news, at: 5_001 }, 2, TEST_RULES).correlation_id;
  assert.is.not(other, ids[0]);
});

test('owners are sent how far a fence is', () => {
  const news = newsOf(aService(down), { fence: 'confirmed' });
  const items = itemsForOwners(news, placed, TEST_RULES);
  assert.equal([...items.keys()], ['p1', 'p2']);
  assert.is(items.get('p1')?.[0]?.fence, 'confirmed');
});

test('the evidence of a silence is sent while it lasts, and no longer', () => {
  const silent = { live: false, evidence: 'reset' } as const;
  const sent = (before: Service, fields: Partial<Service>) => {
    const news = newsOf(before, fields);
    const owners = itemsForOwners(news, placed, TEST_RULES).get('p1')?.[0];
    return [owners?.evidence, itemForOperators(news, 2, TEST_RULES).evidence];
  };
  assert.equal(sent(aService(), silent), ['reset', 'reset']);
  assert.equal(sent(aService(silent), down), ['reset', 'reset']);
  assert.equal(sent(aService(), { live: false }), ['none', 'none']);
  assert.equal(sent(aService(silent), { live: true }), [undefined, undefined]);
  assert.is(serviceState(aService(silent), 1, TEST_RULES).evidence, 'reset');
});

test('an enabled service has no reason, even if one is given', () => {
  const disabled = aService({ disabled: true, disabledReason: 'upgrade' });
  const { service } = onSwitched(disabled, { disabled: false, disabledReason: 'left over' }, by, TEST_RULES);
  assert.equal([service?.disabled, service?.disabledReason], [false, null]);
});

test('a fence that is given with the end of a force-down is not kept', () => {
  const fenced = aService({ ...down, fence: 'requested' });
  const { service } = onSwitched(fenced, { forcedDown: false, fence: 'confirmed' }, by, TEST_RULES);
  assert.equal([service?.forcedDown, service?.fence], [false, 'none']);
});

test('since when a status holds is moved by the status alone', () => {
  const service = aService({ ...down, statusSince: 1 });
  const fenced = onSwitched(service, { fence: 'confirmed' }, by, TEST_RULES);
  assert.equal([fenced.service?.fence, fenced.service?.statusSince], ['confirmed', 1]);
  const lifted = onSwitched(service, { forcedDown: false }, by, TEST_RULES);
  assert.is(lifted.service?.statusSince, by.at);
});

test('a move between hosts of the same status is an annotation and moves no since', () => {
  const hosts: Record<string, Service> = {
    c1: aService({ host: 'c1', statusSince: 7 }),
    c2: aService({ host: 'c2', statusSince: 9 }),
    c3: aService({ host: 'c3', live: false }),
  };
  const computeOf = (host: string | null) => (host === null ? undefined : hosts[host]);
  const instance = anInstance({ host: 'c1', placedAt: 1, statusSince: 1 });
  const moved = (host: string) =>
    onInstance(instance, { ...instance, host }, computeOf, { cause: 'placement', at: 5_000 }, TEST_RULES);
  assert.equal([moved('c2').news?.kind, moved('c2').instance?.statusSince], ['annotation', 7]);
  assert.equal([moved('c3').news?.kind, moved('c3').instance?.statusSince], ['transition', 5_000]);
});

test.run();
