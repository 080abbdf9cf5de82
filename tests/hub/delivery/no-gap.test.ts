/**
 * G1 to G3, G7 and G8 as a property: whatever order commits, moves, removals, subscriptions, disconnects, resumes, slow
 * readers, trims by age and by count, and changes of the policy to less, to nothing and back come in, what each client receives, by socket, event stream or long poll, is the log of its own stream
 * from where it began, as the policy shows it, without a gap or a repeat, nothing of another owner's, and at the end
 * what REST would say.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Instance } from '../../../server/domain/instances/instance.ts';
import type { Visibility } from '../../../server/identity/policy-port.ts';
import { type LogRow, projectStream, type StreamBounds, type StreamName } from '../../../server/ports/log.ts';
import type { Store } from '../../../server/ports/store.ts';
import type { Item, State } from '../../../server/stream/view.ts';
import { type Follower, follower, WAYS, type Way } from '../../support/clients/follower.ts';
import { openTestStore } from '../../support/store.ts';
import { StreamWorld } from '../../support/stream-world.ts';
import { placeOf } from '../../support/unsealed-cursor.ts';

const test = suite('no gap, no foreign item');

const OWNERS = ['owner', 'other'] as const;
const PROJECT = { owner: 'p1', other: 'p2' } as const;
type Owner = (typeof OWNERS)[number];
/** Owners, and an operator, who follows all hosts whatever the policy shows to owners. */
type Who = Owner | 'admin';

type Step =
  | { do: 'change'; host: number; live: boolean; wait: boolean }
  | { do: 'force'; host: number; down: boolean; wait: boolean }
  | { do: 'add'; host: number; owner: Owner }
  | { do: 'move'; host: number; server: number }
  | { do: 'remove'; server: number }
  | { do: 'policy'; owners: Visibility }
  | { do: 'open'; who: Who; client: number; way: Way }
  | { do: 'cut'; client: number }
  | { do: 'stall'; client: number }
  | { do: 'pass'; ms: number }
  | { do: 'trim'; by: 'age' | 'count' };

const host = fc.nat({ max: 2 });
const owner = fc.constantFrom(...OWNERS);
const who = fc.constantFrom<Who>('owner', 'owner', 'other', 'admin');
const server = fc.nat({ max: 9 });
const client = fc.nat({ max: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('change'), host, live: fc.boolean(), wait: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('force'), host, down: fc.boolean(), wait: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('add'), host, owner }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('move'), host, server }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove'), server }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('policy'),
      owners: fc.constantFrom('all', 'all', 'unknown-only', 'none'),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('open'), who, client, way: fc.constantFrom(...WAYS) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut'), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stall'), client }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.constantFrom(100, 1_000, 6_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('trim'), by: fc.constantFrom('age', 'count') }),
  },
) as fc.Arbitrary<Step>;

async function play(steps: readonly Step[], hears: (store: Store) => Store): Promise<void> {
  /** Every row that ever was, beside the database, which forgets. */
  const log = new Map<string, string>();
  const w = await StreamWorld.open(
    { maxReplay: 20, maxBacklog: 65_536 },
    {
      store: async (clock) => {
        const test = await openTestStore({ clock });
        const { store } = test;
        store.onCommit(({ rows }) => {
          for (const row of rows) log.set(`${row.stream}#${row.seq}`, row.items);
        });
        return { ...test, store: hears(store), close: () => test.close() };
      },
    },
  );
  const followers: ({ it: Follower; who: Who } | undefined)[] = [];
  try {
    const servers: Instance[] = [];
    const commits: Promise<unknown>[] = [];
    for (const n of [0, 1, 2]) await w.service({ host: `c${n}` });
    for (const name of OWNERS) servers.push(await w.server({ host: 'c0', projectId: PROJECT[name] }));
    for (const step of steps) {
      if (step.do === 'change' || step.do === 'force') {
        const fields = step.do === 'change' ? { live: step.live } : { forcedDown: step.down };
        const commit = w.change(`c${step.host}`, fields);
        commits.push(commit);
        if (step.wait) await commit;
      } else if (step.do === 'add') {
        servers.push(await w.server({ host: `c${step.host}`, projectId: PROJECT[step.owner] }));
      } else if (step.do === 'move') {
        const server = servers[step.server % servers.length] as Instance;
        await w.server({ ...server, host: `c${step.host}`, node: `c${step.host}` });
      } else if (step.do === 'remove') {
        const server = servers[step.server % servers.length] as Instance;
        await w.server({ ...server, deletedAt: w.clock.now() });
      } else if (step.do === 'policy') {
        w.policy.set(step.owners);
      } else if (step.do === 'open') {
        const { who, way } = step;
        const stream = who === 'admin' ? 'hosts' : 'project';
        followers[step.client] ??= { it: follower(way, w, who, stream), who };
        followers[step.client]?.it.connect();
        await new Promise((resolve) => setImmediate(resolve));
      } else if (step.do === 'cut') {
        followers[step.client]?.it.cut();
      } else if (step.do === 'stall') {
        followers[step.client]?.it.stall();
      } else if (step.do === 'pass') {
        w.timers.advance(step.ms);
      } else {
        await (step.by === 'age' ? w.store.trim(w.clock.now(), 1e6, 5) : w.store.trim(0, 3, 5));
      }
    }
    await Promise.all(commits);
    if (w.policy.owners === 'none') {
      await tellsNothing(
        w,
        followers.flatMap((one) => one ?? []),
      );
      w.policy.set('all');
    }
    for (const one of followers) {
      if (one === undefined) continue;
      await catchUp(w, one.it, one.who);
      await check(w, one.it, one.who, log);
    }
  } finally {
    for (const one of followers) one?.it.cut();
    await w.close();
  }
}

/** Rows that are committed while no client may see them are sent to no client. */
async function tellsNothing(w: StreamWorld, followers: readonly { it: Follower; who: Who }[]) {
  const heads = new Map<string, StreamBounds>();
  for (const name of OWNERS) heads.set(name, await w.store.bounds(projectStream(PROJECT[name])));
  await w.change('c0', { disabled: true });
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve));
  for (const { it, who } of followers) {
    it.take();
    const bounds = heads.get(who);
    if (bounds === undefined || it.cursor === undefined) continue;
    const { seq, isNarrow } = placeOf(it.cursor, w.store.signingKey);
    assert.ok(seq <= (isNarrow ? bounds.unknownOnly : bounds).head, 'sent without a right');
  }
}

/** A client that is sent nothing for this long is stuck. */
const LONGEST_REST = 15_000;

/** Reads until it has everything up to the head of its stream. */
async function catchUp(w: StreamWorld, it: Follower, who: Who): Promise<void> {
  await it.goOn();
  const narrow = who !== 'admin' && w.policy.owners === 'unknown-only';
  const bounds = await w.store.bounds(streamOf(who));
  const { head } = narrow ? bounds.unknownOnly : bounds;
  let movedAt = Date.now();
  for (let seen = -1; ; ) {
    it.take();
    const place = it.cursor === undefined ? undefined : placeOf(it.cursor, w.store.signingKey);
    if (place !== undefined && place.isNarrow === narrow && place.seq >= head) return;
    if (place !== undefined && place.seq !== seen) {
      seen = place.seq;
      movedAt = Date.now();
    }
    if (Date.now() - movedAt > LONGEST_REST)
      throw new Error(
        `${who} has not been sent more than ${place?.seq ?? 'nothing'} of ${head} rows for ${LONGEST_REST} ms`,
      );
    await new Promise((resolve) => setTimeout(resolve, 1));
    // Items that a filter left out move the cursor with the next health frame, or at the end of a poll.
    if (narrow) w.timers.advance(1_000);
    // One that was cut comes back, as clients do.
    await it.goOn();
  }
}

/** Items of a poll carry their seq beside what the log holds. */
function withoutSeq(item: Item): object {
  const { seq: _, epoch: __, ...rest } = item as Item & { seq?: number; epoch?: string };
  return rest;
}

/** Every row that ever was, by stream and seq. */
type Log = ReadonlyMap<string, string>;

async function check(w: StreamWorld, it: Follower, who: Who, log: Log): Promise<void> {
  const stream = streamOf(who);
  /** What a client knows that believes only its frames: server or service -> host_status. */
  const known = new Map<string, string | null | undefined>();
  let at: number | undefined;
  for (const learnt of it.learnt) {
    const { seq: number, isNarrow: narrow } = placeOf(learnt.cursor, w.store.signingKey);
    const seq = narrow ? rowUnknownOnly(log, stream, number) : number;
    if (learnt.is === 'state') {
      known.clear();
      for (const state of learnt.items) known.set(idOf(state), state.host_status);
    } else if (learnt.is === 'changes') {
      assert.ok(at !== undefined, 'changes before any state');
      assert.ok(seq >= at && (seq > at || learnt.items.length === 0), `sent ${seq} after ${at}: a repeat`);
      const missed: Item[] = [];
      for (let n = at + 1; n <= seq; n++) missed.push(...JSON.parse(log.get(`${stream}#${n}`) ?? 'null'));
      const expected = narrow ? missed.flatMap(unknownOnly) : missed;
      if (narrow) assert.equal(learnt.items.map(brief), expected.map(brief), `${at} to ${seq}`);
      else
        assert.is(JSON.stringify(learnt.items.map(withoutSeq)), JSON.stringify(expected), `${at} to ${seq}`);
      for (const item of learnt.items) {
        if (item.to === null) known.delete(idOf(item));
        else known.set(idOf(item), item.to);
      }
    } else {
      // Resumed: what lies between was left out by the policy, or else there is nothing between.
      for (let n = (at ?? seq) + 1; n <= seq; n++) {
        assert.ok(narrow, 'a gap that was not announced');
        assert.equal(JSON.parse(log.get(`${stream}#${n}`) ?? 'null').flatMap(unknownOnly), []);
      }
    }
    at = seq;
  }
  const truth = await (who === 'admin' ? w.store.hostsSnapshot() : w.store.projectSnapshot(PROJECT[who]));
  const items: readonly State[] = truth.items;
  const shown = (status: string | undefined) =>
    who === 'admin' || w.policy.owners === 'all' || status === 'UNKNOWN' ? status : undefined;
  assert.equal(
    new Map([...known].sort()),
    new Map(items.map((state) => [idOf(state), shown(state.host_status)] as const).sort()),
  );
}

/** Of those that show something under the policy, the place of the `n`th. */
function rowUnknownOnly(log: Log, stream: StreamName, n: number): number {
  for (let seq = 1, left = n; left > 0; seq++) {
    const text = log.get(`${stream}#${seq}`);
    assert.ok(text !== undefined, `there are no ${n} rows to be seen`);
    if ((JSON.parse(text as string) as Item[]).flatMap(unknownOnly).length > 0) left -= 1;
    if (left === 0) return seq;
  }
  return 0;
}

/** The policy in its own words: entering UNKNOWN and leaving it, coming and going. */
function unknownOnly(change: Item): Item[] {
  const { from, to } = change;
  const isTold = from === null || to === null || (from === 'UNKNOWN') !== (to === 'UNKNOWN');
  const hidden = (status: Item['to']) => (status === 'UNKNOWN' || status === null ? status : undefined);
  return isTold ? [{ ...change, from: hidden(from), to: hidden(to) } as Item] : [];
}

function brief(item: Item) {
  return [idOf(item), item.from, item.to];
}

function idOf(it: Item | State): string {
  return 'server_id' in it ? it.server_id : it.service_id;
}

function streamOf(who: Who): StreamName {
  return who === 'admin' ? 'hosts' : projectStream(PROJECT[who]);
}

/** As with other nodes that commit too: commits arrive late, with holes, and some of them twice. */
function farAway(store: Store): Store {
  let seed = 1;
  const chance = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const onCommit: Store['onCommit'] = (listener) => {
    let waiting: LogRow[] = [];
    return store.onCommit(({ rows }) => {
      waiting.push(...rows);
      setImmediate(() => {
        const newest = new Map(waiting.map((row) => [row.stream, row.seq]));
        const sent = waiting.filter((row) => newest.get(row.stream) === row.seq || chance() < 0.5);
        waiting = waiting.filter(() => chance() < 0.2);
        listener({ rows: sent, services: [], removedServices: [] });
      });
    });
  };
  return new Proxy(store, {
    get(target, name) {
      if (name === 'onCommit') return onCommit;
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

for (const [where, hears] of [
  ['of a store in this process', (store: Store) => store],
  ['of a store far away', farAway],
] as const) {
  test(`whatever happens in whatever order, with the news ${where}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => play(steps, hears)),
      // Shrinking runs real sockets many hundred times; a path to replay is given anyway.
      { numRuns: 60, endOnFailure: true, includeErrorInReport: true },
    );
  });
}

test.run();
