import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Facts } from '../../client-sdk/protocol/items.ts';
import type { Rules, ServiceDecision } from '../../server/domain/decision.ts';
import { DomainError } from '../../server/domain/errors.ts';
import { itemForOperators, itemsForOwners } from '../../server/domain/fan-out.ts';
import { HOST_STATUS_ORDERS, type HostStatusOrder, hostStatus } from '../../server/domain/host-status.ts';
import { factsOf, NO_FACTS, type Service } from '../../server/domain/service.ts';
import {
  onDeclared,
  onReport,
  onServiceRemoved,
  onSettings,
  onSilence,
  onSwitched,
  type Switches,
} from '../../server/domain/transition.ts';
import { aService, BUILT_AT } from '../support/builders.ts';

const test = suite('transitions');

const { cases } = JSON.parse(readFileSync(new URL('../vectors/transitions.json', import.meta.url), 'utf8'));

type Event =
  | { readonly kind: 'report' }
  | { readonly kind: 'silence'; readonly cause: 'timeout' | 'connection_lost' | 'goodbye' | 'mass' }
  | { readonly kind: 'switch'; readonly forced_down?: boolean; readonly disabled?: boolean }
  | { readonly kind: 'remove' };

const UUID = 'ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';
const PLACED = [{ id: 'vm-1', projectId: 'p1', name: 'vm' }];

function rulesOf(order: HostStatusOrder, ownersSeeReason = false): Rules {
  return { order, ownersSeeReason };
}

function happens(event: Event, current: Service | undefined, at: number, rules: Rules): ServiceDecision {
  switch (event.kind) {
    case 'report':
      return onReport(current, { host: 'c1', binary: 'nova-compute', uuid: UUID }, at, rules);
    case 'silence':
      return onSilence(current, { cause: event.cause, at }, rules);
    case 'switch': {
      const to: Switches = {
        ...(event.forced_down === undefined ? {} : { forcedDown: event.forced_down }),
        ...(event.disabled === undefined ? {} : { disabled: event.disabled }),
      };
      return onSwitched(current, to, { actor: 'op', at }, rules);
    }
    case 'remove':
      return onServiceRemoved(current, { actor: 'op', at });
  }
}

function serviceWith(facts: Facts | null): Service | undefined {
  if (facts === null) return undefined;
  return aService({ id: 7, forcedDown: facts.forced_down, disabled: facts.disabled, live: facts.live });
}

for (const { name, before, event, after, cause, ...sent } of cases) {
  test(name, () => {
    for (const order of HOST_STATUS_ORDERS) {
      const rules = rulesOf(order);
      const decision = happens(event, serviceWith(before), BUILT_AT + 1, rules);
      assert.equal(decision.service === undefined ? null : factsOf(decision.service), after);
      assert.is(decision.news?.cause ?? null, cause);
      if (decision.news === undefined) continue;
      const [item] = itemsForOwners(decision.news, PLACED, rules).get('p1') ?? [];
      assert.equal([item?.from, item?.to], sent[order], order);
      assert.is(item?.kind, item?.from === item?.to ? 'annotation' : 'transition');
    }
  });
}

test('a decision without news asks for no write either', () => {
  const live = aService({ id: 7 });
  const rules = rulesOf('documented');
  assert.is(onReport(live, { ...live }, BUILT_AT + 5, rules).service, live);
  assert.is(onSwitched(live, { disabled: false }, { actor: 'op', at: BUILT_AT + 5 }, rules).service, live);
  const silent = aService({ live: false });
  assert.is(onSilence(silent, { cause: 'timeout', at: BUILT_AT + 5 }, rules).service, silent);
});

test('a fence has author, time and reason, and loses all of them when lifted', () => {
  const rules = rulesOf('documented');
  const fenced = onSwitched(
    aService(),
    { forcedDown: true, forcedDownReason: 'fire', fence: 'requested' },
    { actor: 'op', at: BUILT_AT + 5 },
    rules,
  ).service;
  assert.equal(
    [fenced?.forcedDownAt, fenced?.forcedDownBy, fenced?.forcedDownReason, fenced?.fence],
    [BUILT_AT + 5, 'op', 'fire', 'requested'],
  );
  const lifted = onSwitched(fenced, { forcedDown: false }, { actor: 'op', at: BUILT_AT + 9 }, rules).service;
  assert.equal(
    [lifted?.forcedDownAt, lifted?.forcedDownBy, lifted?.forcedDownReason, lifted?.fence],
    [null, null, null, 'none'],
  );
});

test('disabling without a reason loses the older one, as in Nova', () => {
  const service = aService({ disabled: true, disabledReason: 'work' });
  const again = onSwitched(service, { disabled: true }, { actor: 'op', at: BUILT_AT }, rulesOf('documented'));
  assert.is(again.service?.disabledReason, null);
});

test('a changed reason goes to operators, to owners only if allowed, the actor never', () => {
  const service = aService({ disabled: true, disabledReason: 'work' });
  for (const ownersSeeReason of [true, false]) {
    const rules = rulesOf('documented', ownersSeeReason);
    const { news } = onSwitched(
      service,
      { disabled: true, disabledReason: 'more work' },
      { actor: 'op', at: BUILT_AT },
      rules,
    );
    assert.ok(news);
    const operators = itemForOperators(news, 1, rules);
    assert.equal([operators.kind, operators.reason, operators.actor], ['annotation', 'more work', 'op']);
    const owners = itemsForOwners(news, PLACED, rules).get('p1');
    assert.is(owners?.[0]?.reason, ownersSeeReason ? 'more work' : undefined);
    assert.not.match(JSON.stringify(owners ?? []), /"op"|"c1"/);
  }
});

test('settings are not announced; switching a missing service is not_found', () => {
  assert.is(onSettings(aService(), { zone: 'edge' }, BUILT_AT).news, undefined);
  for (const act of [
    () => onSettings(undefined, {}, BUILT_AT),
    () => onSwitched(undefined, { disabled: true }, { actor: 'op', at: BUILT_AT }, rulesOf('nova')),
    () => onServiceRemoved(undefined, { actor: 'op', at: BUILT_AT }),
  ]) {
    assert.throws(act, (error: unknown) => error instanceof DomainError && error.code === 'not_found');
  }
});

test('a service declared again keeps its number, its uuid and its age', () => {
  const current = aService({ id: 7, createdAt: BUILT_AT - 100 });
  const declared = aService({ id: 9, disabled: true });
  const { service, news } = onDeclared(
    current,
    declared,
    { actor: 'seed', at: BUILT_AT },
    rulesOf('documented'),
  );
  assert.equal([service?.id, service?.uuid, service?.createdAt], [7, current.uuid, BUILT_AT - 100]);
  assert.is(news?.cause, 'disabled');
});

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('report' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('silence' as const),
      cause: fc.constantFrom(
        'timeout' as const,
        'connection_lost' as const,
        'goodbye' as const,
        'mass' as const,
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record(
      { kind: fc.constant('switch' as const), forced_down: fc.boolean(), disabled: fc.boolean() },
      { requiredKeys: ['kind'] },
    ),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const) }) },
);

/** The rule once more, as briefly as it can be said. */
function model(facts: Facts | undefined, e: Event): Facts | undefined {
  if (e.kind === 'report') return { ...(facts ?? NO_FACTS), live: true };
  if (e.kind === 'remove' || facts === undefined) return undefined;
  if (e.kind === 'silence') return { ...facts, live: false };
  return {
    ...facts,
    forced_down: e.forced_down ?? facts.forced_down,
    disabled: e.disabled ?? facts.disabled,
  };
}

test('through any history changes are announced once and begin where the last ended', () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 40, size: 'max' }),
      fc.constantFrom(...HOST_STATUS_ORDERS),
      (events, order) => {
        const rules = rulesOf(order);
        let current: Service | undefined;
        let facts: Facts | undefined;
        let sent: string | undefined;
        let heard = false;
        let at = BUILT_AT;
        for (const e of events) {
          at += 1;
          if (current === undefined && (e.kind === 'switch' || e.kind === 'remove')) continue;
          const before = facts;
          facts = model(facts, e);
          const evidence: boolean = facts?.forced_down === true && (e.kind === 'report' || heard);
          const decision = happens(e, current, at, rules);
          const changed = JSON.stringify(before) !== JSON.stringify(facts) || evidence !== heard;
          heard = evidence;
          assert.is(decision.news !== undefined, changed);
          if (decision.news === undefined) assert.is(decision.service, current);
          else {
            const [item] = itemsForOwners(decision.news, PLACED, rules).get('p1') ?? [];
            assert.is(item?.from, sent ?? '');
            assert.is(item?.to, hostStatus(decision.service, order));
            assert.equal(item?.facts, facts ?? NO_FACTS);
            assert.is(item?.heard_while_forced_down, heard ? true : undefined);
            assert.is(item?.to === 'DOWN' && !facts?.forced_down, false, 'silence was called DOWN');
            const moved = item?.from !== item?.to;
            if (decision.service !== undefined && moved) assert.is(decision.service.statusSince, at);
            sent = item?.to ?? undefined;
          }
          current = decision.service;
          assert.equal(current === undefined ? undefined : factsOf(current), facts);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test.run();
