import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change } from '../../client-sdk/protocol/items.ts';
import type { Rules, ServiceDecision } from '../../server/domain/decision.ts';
import { itemForOperators, itemsForOwners } from '../../server/domain/fan-out.ts';
import { HOST_STATUS_ORDERS, hostStatus } from '../../server/domain/host-status.ts';
import { hostIdOf } from '../../server/domain/instances/host-id.ts';
import { type Instance, isPresent } from '../../server/domain/instances/instance.ts';
import { onInstance, serverState } from '../../server/domain/instances/placement.ts';
import { factsOf, type Service } from '../../server/domain/service.ts';
import { onReport, onServiceRemoved, onSilence, onSwitched } from '../../server/domain/transition.ts';
import { anInstance, aService, BUILT_AT } from '../support/builders.ts';

const test = suite('fan-out');

const rules: Rules = { order: 'documented', ownersSeeReason: false };

test('an owner gets its own servers and no others, in one list', () => {
  const placed = [
    { id: 'a', projectId: 'p1', name: 'a' },
    { id: 'b', projectId: 'p1', name: 'b' },
    { id: 'c', projectId: 'p2', name: 'c' },
  ];
  const { news } = onSilence(aService(), { cause: 'timeout', at: BUILT_AT }, rules);
  assert.ok(news);
  const items = itemsForOwners(news, placed, rules);
  assert.equal(
    [...items].map(([project, list]) => [project, list.map(({ server_id }) => server_id)]),
    [
      ['p1', ['a', 'b']],
      ['p2', ['c']],
    ],
  );
  assert.is.not(items.get('p1')?.[0]?.host_id, items.get('p2')?.[0]?.host_id);
  assert.is(itemForOperators(news, placed.length, rules).servers, 3);
});

test('no owner hears of a service that is not nova-compute', () => {
  const { news } = onSilence(
    aService({ binary: 'nova-scheduler' }),
    { cause: 'timeout', at: BUILT_AT },
    rules,
  );
  assert.ok(news);
  assert.is(itemsForOwners(news, [{ id: 'a', projectId: 'p1', name: 'a' }], rules).size, 0);
  assert.is(itemForOperators(news, 1, rules).servers, 0);
});

test('hostId is the hash that Nova gives, and nothing without a host', () => {
  // Recorded from a real Nova: project 878e05b4556041fab201d46b2ae911a6 on cmp-01.
  assert.is(
    hostIdOf('878e05b4556041fab201d46b2ae911a6', 'cmp-01'),
    '5861a91b1f3adbd20594304fa3e45dba1db7d060310cd550a53ab4d9',
  );
  assert.is(hostIdOf('p1', null), '');
});

const HOSTS = ['c1', 'c2'] as const;
const IDS = ['i1', 'i2', 'i3'] as const;
const host = fc.constantFrom(...HOSTS);

const command = fc.oneof(
  fc.record({ do: fc.constantFrom('report' as const, 'silence' as const, 'remove' as const), host }),
  fc.record({
    do: fc.constant('switch' as const),
    host,
    forcedDown: fc.option(fc.boolean(), { nil: undefined }),
    disabled: fc.option(fc.boolean(), { nil: undefined }),
  }),
  fc.record({
    do: fc.constant('place' as const),
    id: fc.constantFrom(...IDS),
    on: fc.option(host, { nil: null }),
  }),
  fc.record({ do: fc.constantFrom('delete' as const, 'purge' as const), id: fc.constantFrom(...IDS) }),
);

const owner = (id: string) => (id === 'i3' ? 'p2' : 'p1');

test('through any history an owner’s last item of a server is the true state', () => {
  fc.assert(
    fc.property(
      fc.array(command, { maxLength: 60, size: 'max' }),
      fc.constantFrom(...HOST_STATUS_ORDERS),
      (commands, order) => {
        const now: Rules = { order, ownersSeeReason: false };
        const services = new Map<string, Service>();
        const instances = new Map<string, Instance>();
        /** What an owner who only reads the stream knows. */
        const known = new Map<string, { status: string; facts: unknown; since: string; hostId: string }>();
        const computeOf = (on: string | null) => (on === null ? undefined : services.get(on));
        let at = BUILT_AT;

        const hears = (project: string, change: Change) => {
          assert.is(owner(change.server_id), project);
          const before = known.get(change.server_id);
          assert.is(
            change.from ?? undefined,
            before?.status,
            `${change.kind} of ${change.server_id} begins elsewhere`,
          );
          assert.is(change.kind === 'server_added', before === undefined);
          if (change.kind === 'server_removed') {
            known.delete(change.server_id);
            return;
          }
          known.set(change.server_id, {
            status: change.to ?? '',
            facts: change.facts,
            since: change.from === change.to ? (before?.since ?? change.at) : change.at,
            hostId: change.host_id,
          });
        };
        const service = (on: string, { service: next, news }: ServiceDecision) => {
          if (next === undefined) services.delete(on);
          else services.set(on, next);
          if (news === undefined) return;
          const placed = [...instances.values()].filter((i) => isPresent(i) && i.host === on);
          for (const [project, items] of itemsForOwners(news, placed, now)) {
            for (const item of items) hears(project, item);
          }
        };
        const instance = (id: string, next: Instance | undefined) => {
          const circumstance = { cause: 'placement', at } as const;
          const decision = onInstance(instances.get(id), next, computeOf, circumstance, now);
          if (decision.instance === undefined) instances.delete(id);
          else instances.set(id, decision.instance);
          if (decision.news !== undefined) hears(owner(id), decision.news);
        };

        for (const c of commands) {
          at += 1_000;
          const current = 'host' in c ? services.get(c.host) : undefined;
          if (c.do === 'report') {
            const report = { host: c.host, binary: 'nova-compute', uuid: c.host };
            service(c.host, onReport(current, report, at, now));
          } else if (c.do === 'silence') service(c.host, onSilence(current, { cause: 'timeout', at }, now));
          else if (c.do === 'remove') {
            if (current !== undefined) service(c.host, onServiceRemoved(current, { actor: 'op', at }));
          } else if (c.do === 'switch') {
            if (current === undefined) continue;
            const switches = {
              ...(c.forcedDown === undefined ? {} : { forcedDown: c.forcedDown }),
              ...(c.disabled === undefined ? {} : { disabled: c.disabled }),
            };
            service(c.host, onSwitched(current, switches, { actor: 'op', at }, now));
          } else if (c.do === 'place') {
            instance(c.id, anInstance({ id: c.id, projectId: owner(c.id), host: c.on, node: c.on }));
          } else if (c.do === 'delete') {
            const there = instances.get(c.id);
            if (there !== undefined) instance(c.id, { ...there, deletedAt: at });
          } else if (c.do === 'purge') instance(c.id, undefined);

          for (const id of IDS) {
            const there = instances.get(id);
            if (!isPresent(there)) {
              assert.is(known.has(id), false);
              continue;
            }
            const compute = computeOf(there.host);
            const heard = known.get(id);
            assert.is(heard?.status, hostStatus(compute, order));
            assert.equal(heard?.facts, factsOf(compute));
            assert.is(heard?.hostId, hostIdOf(owner(id), there.host));
            const state = serverState(there, compute, now);
            assert.is(state.host_status, heard?.status);
            // With the service's row its hour is gone: of `""` only the placement's is known.
            if (state.host_status !== '') assert.is(state.since, heard?.since);
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});

test.run();
