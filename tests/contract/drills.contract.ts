/** What `server/ports/store.ts` promises of drills, asked of any adapter. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change } from '../../client-sdk/protocol/items.ts';
import { auditEntry } from '../../server/domain/audit.ts';
import { type Drill, onDrillEnded, onDrillStarted } from '../../server/domain/drill.ts';
import type { DomainError } from '../../server/domain/errors.ts';
import type { Instance } from '../../server/domain/instances/instance.ts';
import { onInstance } from '../../server/domain/instances/placement.ts';
import { COMPUTE } from '../../server/domain/service.ts';
import { onServiceRemoved, onSilence, onSwitched } from '../../server/domain/transition.ts';
import { anInstance, aService } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { putInstance, putService, type TestStore } from '../support/store.ts';

const MOST = 3;

/** `open` gives a new, empty store each time. */
export function drillsContract(name: string, open: (clock: FakeClock) => Promise<TestStore>): void {
  const test = suite(`drills: ${name}`);

  function promise(text: string, check: (site: Site) => Promise<void>): void {
    test(text, async () => {
      const clock = new FakeClock();
      const t = await open(clock);
      try {
        await check(await siteOf(t, clock));
      } finally {
        await t.close();
      }
    });
  }

  promise('a drill is kept, and its items are in the log, by one commit', async ({ t, a, b, start, log }) => {
    const seen: unknown[] = [];
    t.store.onCommit(({ rows, services }) => seen.push([rows.length, services.length]));
    const drill = await start([a.id, b.id]);
    assert.equal(seen, [[1, 0]]);
    assert.equal(await t.store.drills(), [drill]);
    const items = await log();
    assert.equal(
      items.map(({ kind, server_id, from, to, cause }) => [kind, server_id, from, to, cause]),
      [
        ['drill', a.id, 'UP', 'DOWN', 'drill'],
        ['drill', b.id, 'UP', 'DOWN', 'drill'],
      ],
    );
    assert.equal(items[0]?.drill, { id: 'd1', until: '2026-01-01T00:01:00.000Z' });
  });

  promise('drills are listed in the order in which they began', async ({ t, a, b, c, start, clock }) => {
    for (const [id, server] of [
      ['z', a],
      ['m', b],
      ['a', c],
    ] as const) {
      await start([server.id], { id });
      clock.advance(1_000);
    }
    const ids = async (projectId?: string) => (await t.store.drills(projectId)).map(({ id }) => id);
    assert.equal(
      [await ids(), await ids('p1')],
      [
        ['z', 'm', 'a'],
        ['z', 'm', 'a'],
      ],
    );
  });

  promise('operators, services and the present state know nothing of it', async ({ t, a, start }) => {
    const before = [await t.store.hostsSnapshot(), await t.store.services(), await t.store.instance(a.id)];
    const { items } = await t.store.projectSnapshot('p1');
    await start([a.id]);
    assert.equal(
      [await t.store.hostsSnapshot(), await t.store.services(), await t.store.instance(a.id)],
      before,
    );
    assert.equal((await t.store.projectSnapshot('p1')).items, items);
  });

  promise('it ends with the true state, once', async ({ t, a, start, end, log }) => {
    await start([a.id], { status: 'UNKNOWN' });
    await end('d1');
    await end('d1');
    assert.equal(await t.store.drills(), []);
    const [, ended, ...more] = await log();
    assert.equal(more, []);
    assert.equal(
      [ended?.kind, ended?.from, ended?.to, ended?.facts, ended?.drill?.ended],
      ['drill', 'UNKNOWN', 'UP', { forced_down: false, disabled: false, live: true }, true],
    );
  });

  for (const [what, change, last] of TRUE_CHANGES) {
    promise(`${what} ends the drill of its server, in its own item`, async (site) => {
      const { t, a, b, c, start, end, log } = site;
      await start([a.id, c.id]);
      await start([b.id], { id: 'd2' });
      const before = (await log()).length;
      await change(site);
      const items = (await log()).slice(before);
      const own = items.find(({ server_id }) => server_id === a.id);
      assert.is(own?.kind, last);
      assert.equal(own?.drill, { id: 'd1', until: '2026-01-01T00:01:00.000Z', ended: true });
      assert.equal(
        (await t.store.drills()).map(({ id, servers }) => [id, servers]),
        [
          ['d1', [c.id]],
          ['d2', [b.id]],
        ],
        'the others go on',
      );
      await end('d1');
      const rest = (await log()).slice(before + items.length);
      assert.equal(
        rest.map(({ server_id }) => server_id),
        [c.id],
        'the end of the drill says nothing of it',
      );
    });
  }

  promise('a drill of which every server truly changed is over', async (site) => {
    const { t, a, start } = site;
    await start([a.id]);
    await forceDown(site);
    assert.equal(await t.store.drills(), []);
  });

  promise('a later change of the same server is not marked', async (site) => {
    const { a, start, log } = site;
    await start([a.id]);
    await forceDown(site);
    await lift(site);
    const marks = (await log())
      .filter(({ server_id }) => server_id === a.id)
      .map(({ drill }) => drill?.ended);
    assert.equal(marks, [undefined, true, undefined]);
  });

  promise('within one turn, the order of the calls decides', async (site) => {
    const { t, a, start, end, log } = site;
    const first = [start([a.id]), forceDown(site), end('d1')];
    await Promise.all(first);
    const own = (await log()).filter(({ server_id }) => server_id === a.id);
    assert.equal(
      own.map(({ kind, to, drill }) => [kind, to, drill?.ended]),
      [
        ['drill', 'DOWN', undefined],
        ['transition', 'DOWN', true],
      ],
    );
    await lift(site);
    const refused = await Promise.allSettled([forceDown(site), start([a.id])]);
    assert.is(refused[1]?.status, 'rejected', 'a drill would hide the fault');
    await lift(site);
    await Promise.all([start([a.id], { id: 'd3' }), end('d3'), forceDown(site)]);
    const last = (await log()).filter(({ server_id }) => server_id === a.id).slice(-3);
    assert.equal(
      last.map(({ kind, to, drill }) => [kind, to, drill?.ended]),
      [
        ['drill', 'DOWN', undefined],
        ['drill', 'UP', true],
        ['transition', 'DOWN', undefined],
      ],
    );
    assert.equal(await t.store.drills(), []);
  });

  promise('a drill that is refused changes nothing', async ({ t, a, foreign, start, log }) => {
    const codeOf = (started: Promise<unknown>) =>
      started.then(
        () => 'started',
        (error: unknown) => (error as DomainError).code,
      );
    await start([a.id]);
    const before = [await log(), await t.store.drills()];
    assert.is(await codeOf(start(['nowhere'], { id: 'd2' })), 'not_found');
    assert.is(await codeOf(start([foreign.id], { id: 'd2' })), 'not_found', "another project's");
    assert.is(await codeOf(start([a.id], { id: 'd2' })), 'conflict', 'one a server');
    assert.equal([await log(), await t.store.drills()], before);
  });

  promise('numbers stay dense across start, end and change', async (site) => {
    const { t, a, start, end } = site;
    const { head } = await t.store.bounds('project:p1');
    await start([a.id]);
    await end('d1');
    await start([a.id], { id: 'd2' });
    await forceDown(site);
    const rows = await t.store.log('project:p1', head, Number.MAX_SAFE_INTEGER, 10);
    assert.equal(
      rows.map(({ seq }) => seq),
      [1, 2, 3, 4].map((n) => head + n),
    );
  });

  promise('its record in the audit log is of the same commit', async ({ t, a, clock, start }) => {
    const audit = auditEntry('drill.start', 'drill:d1', {}, { actor: 'u1', at: clock.now() });
    await start([a.id], { audit });
    const [entry] = await t.audit.auditEntries({ limit: 1 });
    assert.is(entry?.action, 'drill.start');
  });

  promise('drills are there when the database is opened again', async ({ t, a, start }) => {
    if (t.reopen === undefined) return;
    const drill = await start([a.id]);
    const store = await t.reopen();
    assert.equal(await store.drills('p1'), [drill]);
    assert.equal(await store.drills('p2'), []);
  });

  test.run();
}

interface Site {
  readonly t: TestStore;
  readonly clock: FakeClock;
  /** On c1, c2 and c3. */
  readonly a: Instance;
  readonly b: Instance;
  readonly c: Instance;
  /** Of another project, on c1. */
  readonly foreign: Instance;
  start(
    servers: readonly string[],
    over?: Partial<Drill> & { audit?: ReturnType<typeof auditEntry> },
  ): Promise<Drill>;
  end(id: string): Promise<void>;
  /** Items of the project that followed its servers' arrival. */
  log(): Promise<Change[]>;
}

async function siteOf(t: TestStore, clock: FakeClock): Promise<Site> {
  for (const host of ['c1', 'c2', 'c3']) await putService(t, aService({ host }));
  const a = await putInstance(t, anInstance({ id: 'a', host: 'c1' }));
  const b = await putInstance(t, anInstance({ id: 'b', host: 'c2' }));
  const c = await putInstance(t, anInstance({ id: 'c', host: 'c3' }));
  const foreign = await putInstance(t, anInstance({ id: 'f', host: 'c1', projectId: 'p2' }));
  const { head } = await t.store.bounds('project:p1');
  return {
    t,
    clock,
    a,
    b,
    c,
    foreign,
    async start(servers, { audit, ...over } = {}) {
      const drill: Drill = {
        id: 'd1',
        projectId: 'p1',
        userId: 'u1',
        servers,
        status: 'DOWN',
        startedAt: clock.now(),
        endsAt: clock.now() + 60_000,
        ...over,
      };
      await t.store.updateDrills('p1', servers, (drills, stateOf) => ({
        ...onDrillStarted(drills, drill, stateOf, MOST),
        ...(audit === undefined ? {} : { audit }),
      }));
      return drill;
    },
    end: (id) =>
      t.store.updateDrills('p1', ['a', 'b', 'c'], (drills, stateOf) =>
        onDrillEnded(drills, id, clock.now(), stateOf),
      ),
    async log() {
      const rows = await t.store.log('project:p1', head, Number.MAX_SAFE_INTEGER, 1_000);
      return rows.flatMap(({ items }) => JSON.parse(items) as Change[]);
    },
  };
}

const C1 = { host: 'c1', binary: COMPUTE };

function forceDown({ t, clock }: Site) {
  const by = { actor: 'test', at: clock.now() };
  return t.store.updateService(C1, (current) => onSwitched(current, { forcedDown: true }, by, t.rules));
}

function lift({ t, clock }: Site) {
  const by = { actor: 'test', at: clock.now() };
  return t.store.updateService(C1, (current) => onSwitched(current, { forcedDown: false }, by, t.rules));
}

function become({ t, clock, a }: Site, next: Instance | undefined) {
  return t.store.updateInstance(a.id, (current, computeOf) =>
    onInstance(current, next, computeOf, { cause: 'placement', at: clock.now() }, t.rules),
  );
}

type TrueChange = readonly [what: string, change: (site: Site) => Promise<unknown>, kind: Change['kind']];

/** Each way in which a server on c1 truly changes. */
const TRUE_CHANGES: readonly TrueChange[] = [
  ['a force-down', forceDown, 'transition'],
  [
    'a silence',
    ({ t, clock }) =>
      t.store.updateService(C1, (current) =>
        onSilence(current, { cause: 'timeout', at: clock.now() }, t.rules),
      ),
    'transition',
  ],
  ['a move to a host that is up', (site) => become(site, { ...site.a, host: 'c2' }), 'annotation'],
  ['an evacuation to no host', (site) => become(site, { ...site.a, host: null }), 'transition'],
  ['a removal', (site) => become(site, undefined), 'server_removed'],
  [
    'a deletion that leaves the row',
    (site) => become(site, { ...site.a, deletedAt: site.clock.now() }),
    'server_removed',
  ],
  [
    'the removal of its service',
    ({ t, clock }) =>
      t.store.updateService(C1, (current) => onServiceRemoved(current, { actor: 'test', at: clock.now() })),
    'transition',
  ],
];
