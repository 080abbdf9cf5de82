/**
 * Random lives of a cloud against any adapter. The model is the client's: who takes a snapshot at any moment and then
 * applies every row that follows must at the end have what a fresh snapshot says. That holds only if state and log
 * are one commit, numbers have no hole, and a snapshot's head is the place at which it was read.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change, ServerState, ServiceChange, ServiceState } from '../../client-sdk/protocol/items.ts';
import { onInstance } from '../../server/domain/instances/placement.ts';
import { COMPUTE, NO_FACTS } from '../../server/domain/service.ts';
import { onReport, onServiceRemoved, onSilence, onSwitched } from '../../server/domain/transition.ts';
import { projectStream, type StreamName } from '../../server/ports/log.ts';
import type { Snapshot, Store } from '../../server/ports/store.ts';
import { anInstance } from '../support/builders.ts';
import type { FakeClock } from '../support/clock.ts';
import type { TestStore } from '../support/store.ts';

const HOSTS = ['c1', 'c2', 'c3'];
const PROJECTS = ['p1', 'p2'];
const SERVERS = ['a', 'b', 'c', 'd', 'e'];

const host = fc.constantFrom(...HOSTS);
const command = fc.oneof(
  fc.record({ do: fc.constant('report' as const), host }),
  fc.record({ do: fc.constant('silence' as const), host }),
  fc.record({
    do: fc.constant('switch' as const),
    host,
    urgent: fc.boolean(),
    to: fc.record({ forcedDown: fc.boolean(), disabled: fc.boolean() }, { requiredKeys: [] }),
  }),
  fc.record({ do: fc.constant('remove' as const), host }),
  fc.record({
    do: fc.constant('place' as const),
    server: fc.constantFrom(...SERVERS),
    host: fc.option(host),
  }),
  fc.record({
    do: fc.constant('delete' as const),
    server: fc.constantFrom(...SERVERS),
    kept: fc.boolean(),
  }),
  fc.record({ do: fc.constant('wait' as const) }),
  fc.record({ do: fc.constant('snapshot' as const) }),
  fc.record({ do: fc.constant('trim' as const), keep: fc.nat(20) }),
);
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

export function storeModelContract(name: string, open: (clock?: FakeClock) => Promise<TestStore>): void {
  const test = suite(`store, random lives: ${name}`);

  test('any snapshot plus the rows that follow it is what a fresh snapshot says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60, size: 'max' }), async (commands) => {
        const t = await open();
        try {
          await live(t, commands);
        } finally {
          await t.close();
        }
      }),
      { numRuns: 60 },
    );
  });

  test.run();
}

async function live(t: TestStore, commands: readonly Command[]): Promise<void> {
  const sent = new Map<StreamName, number>();
  t.store.onCommit(({ rows }) => {
    for (const { stream, seq } of rows) {
      assert.is(seq, (sent.get(stream) ?? 0) + 1, `${stream} has a hole`);
      sent.set(stream, seq);
    }
  });
  const followers: (() => Promise<void>)[] = [await follow(t.store)];
  let turn: Promise<unknown>[] = [];
  const endOfTurn = async () => {
    for (const outcome of await Promise.allSettled(turn)) {
      if (outcome.status === 'rejected') assert.is(outcome.reason.code, 'not_found');
    }
    turn = [];
  };
  for (const each of commands) {
    if (each.do === 'wait') await endOfTurn();
    else if (each.do === 'snapshot') followers.push(await follow(t.store));
    else {
      const outcome = carryOut(t, each);
      // Looked at when the turn ends, which a database across a network may not wait for.
      outcome.catch(() => undefined);
      turn.push(outcome);
    }
  }
  await endOfTurn();
  for (const [stream, head] of sent) assert.is((await t.store.bounds(stream)).head, head);
  for (const caughtUp of followers) await caughtUp();
}

async function carryOut(
  t: TestStore,
  command: Exclude<Command, { do: 'wait' | 'snapshot' }>,
): Promise<unknown> {
  const { store, clock, rules } = t;
  const at = clock.now();
  if (command.do === 'trim') return store.trim(at - 1, command.keep, 5);
  if (command.do === 'place' || command.do === 'delete') {
    return store.updateInstance(command.server, (current, computeOf) => {
      const projectId = PROJECTS[SERVERS.indexOf(command.server) % PROJECTS.length] as string;
      const here = current ?? anInstance({ id: command.server, projectId, name: command.server });
      const kept = command.do === 'delete' && command.kept && current !== undefined;
      const next =
        command.do === 'place'
          ? { ...here, host: command.host, deletedAt: null }
          : kept
            ? { ...here, deletedAt: at }
            : undefined;
      return onInstance(current, next, computeOf, { cause: 'placement', at }, rules);
    });
  }
  const ref = { host: command.host, binary: COMPUTE };
  return store.updateService(
    ref,
    (current) => {
      if (command.do === 'report') return onReport(current, { ...ref, uuid: `uuid-${ref.host}` }, at, rules);
      if (command.do === 'silence') return onSilence(current, { cause: 'timeout', at }, rules);
      if (command.do === 'remove') return onServiceRemoved(current, { actor: 'test', at });
      return onSwitched(current, command.to, { actor: 'test', at }, rules);
    },
    { urgent: command.do === 'switch' && command.urgent },
  );
}

/** Takes all snapshots now. The answer, called later, applies what followed and compares with the snapshots of then. */
async function follow(store: Store): Promise<() => Promise<void>> {
  const owners = await Promise.all(
    PROJECTS.map(async (id) => [id, await store.projectSnapshot(id)] as const),
  );
  const hosts = await store.hostsSnapshot();
  return async () => {
    for (const [id, before] of owners) {
      const tail = await tailOf<Change>(store, projectStream(id), before);
      if (tail === undefined) continue;
      assert.equal(servers(applied(before, tail)), servers((await store.projectSnapshot(id)).items));
    }
    const tail = await tailOf<ServiceChange>(store, 'hosts', hosts);
    if (tail === undefined) return;
    assert.equal(services(hosts.items, tail), services((await store.hostsSnapshot()).items, []));
  };
}

/** All items after the snapshot; undefined where some are trimmed, which `floor` shows. */
async function tailOf<T>(
  store: Store,
  stream: StreamName,
  { head }: Snapshot<unknown>,
): Promise<T[] | undefined> {
  const bounds = await store.bounds(stream);
  if (head + 1 < bounds.floor) return undefined;
  const rows = await store.log(stream, head, bounds.head, 10_000);
  assert.equal(
    rows.map(({ seq }) => seq),
    rows.map((_, n) => head + 1 + n),
  );
  assert.is(rows.length, bounds.head - head);
  return rows.flatMap(({ items }) => JSON.parse(items) as T[]);
}

type Known = Pick<ServerState, 'server_id' | 'host_status' | 'host_id' | 'facts'>;

function applied(before: Snapshot<ServerState>, tail: readonly Change[]): Known[] {
  const known = new Map<string, Known>(before.items.map((item) => [item.server_id, item]));
  for (const { server_id, kind, from, to, host_id, facts } of tail) {
    assert.is(known.get(server_id)?.host_status ?? null, from, 'a change begins where the last one ended');
    if (kind === 'server_removed') known.delete(server_id);
    else known.set(server_id, { server_id, host_status: to ?? '', host_id, facts });
  }
  return [...known.values()];
}

function servers(items: readonly Known[]): Known[] {
  return items
    .map(({ server_id, host_status, host_id, facts }) => ({ server_id, host_status, host_id, facts }))
    .sort((a, b) => a.server_id.localeCompare(b.server_id));
}

function services(before: readonly ServiceState[], tail: readonly ServiceChange[]): string[] {
  const known = new Map(before.map(({ host, host_status, facts }) => [host, { host_status, facts }]));
  for (const { host, kind, to, facts } of tail) {
    if (kind === 'service_removed') known.delete(host);
    else known.set(host, { host_status: to ?? '', facts: facts ?? NO_FACTS });
  }
  return [...known].map(([host, state]) => `${host} ${JSON.stringify(state)}`).sort();
}
