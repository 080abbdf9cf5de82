/**
 * G1 to G3 as a property: whatever order commits, subscriptions, disconnects, resumes and trims come in, what each
 * client was sent is the log of its own stream from where it began, without a gap, and nothing of another owner's.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Downstream } from '../../client-sdk/protocol/downstream.ts';
import type { Change, ServerState } from '../../client-sdk/protocol/items.ts';
import { type LogRow, projectStream, type Store } from '../../server/store.ts';
import { openTestStore } from '../support/store.ts';
import { type StreamClient, StreamWorld } from '../support/stream-world.ts';

const test = suite('no gap, no foreign item');

const OWNERS = ['owner', 'other'] as const;
const PROJECT = { owner: 'p1', other: 'p2' } as const;
type Owner = (typeof OWNERS)[number];

type Step =
  | { do: 'change'; host: number; live: boolean; wait: boolean }
  | { do: 'force'; host: number; down: boolean; wait: boolean }
  | { do: 'add'; host: number; owner: Owner }
  | { do: 'open'; owner: Owner; client: number }
  | { do: 'cut'; client: number }
  | { do: 'stall'; client: number }
  | { do: 'trim' };

const host = fc.nat({ max: 2 });
const owner = fc.constantFrom(...OWNERS);
const client = fc.nat({ max: 3 });
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
  { weight: 4, arbitrary: fc.record({ do: fc.constant('open'), owner, client }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut'), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stall'), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('trim') }) },
) as fc.Arbitrary<Step>;

/** One application: it keeps its cursor over its connections and writes down what it learnt. */
class Follower {
  readonly owner: Owner;
  readonly learnt: Downstream[] = [];
  cursor: string | undefined;
  #connection: StreamClient | undefined;
  #read = 0;

  constructor(owner: Owner) {
    this.owner = owner;
  }

  connect(w: StreamWorld): void {
    this.cut();
    const connection = w.peer({ token: this.owner });
    this.#connection = connection;
    this.#read = 0;
    connection.ws.once('open', () => {
      connection.subscribe(this.cursor === undefined ? {} : { cursor: this.cursor });
    });
  }

  cut(): void {
    this.#take();
    this.#connection?.ws.terminate();
    this.#connection = undefined;
  }

  stall(): void {
    if (this.#connection?.ws.readyState === 1) this.#connection.stopReading();
  }

  /** Reads on until it has been sent everything up to the head of its stream. */
  async catchUp(w: StreamWorld): Promise<void> {
    if (this.#connection === undefined) this.connect(w);
    const connection = this.#connection as StreamClient;
    await connection.open();
    connection.resumeReading();
    const { head } = await w.store.bounds(projectStream(PROJECT[this.owner]));
    const end = Date.now() + 10_000;
    while (this.#at(w) < head) {
      if (Date.now() > end) throw new Error(`stuck at ${this.#at(w)} of ${head}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      this.#take();
    }
  }

  /** Place the last cursor names; a client could not tell, a test may look inside. */
  #at(_w: StreamWorld): number {
    this.#take();
    if (this.cursor === undefined) return -1;
    const [seq = ''] = Buffer.from(this.cursor.split('.')[0] ?? '', 'base64url')
      .toString()
      .split('.');
    return Number(seq);
  }

  #take(): void {
    const messages = this.#connection?.messages ?? [];
    for (; this.#read < messages.length; this.#read++) {
      const frame = JSON.parse(messages[this.#read] as string) as Downstream;
      this.learnt.push(frame);
      if (frame.type === 'synced' || frame.type === 'event') this.cursor = frame.cursor;
    }
  }
}

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
  try {
    const followers: (Follower | undefined)[] = [];
    const commits: Promise<unknown>[] = [];
    for (const n of [0, 1, 2]) await w.service({ host: `c${n}` });
    for (const name of OWNERS) await w.server({ host: 'c0', projectId: PROJECT[name] });
    for (const step of steps) {
      if (step.do === 'change' || step.do === 'force') {
        const fields = step.do === 'change' ? { live: step.live } : { forcedDown: step.down };
        const commit = w.change(`c${step.host}`, fields);
        commits.push(commit);
        if (step.wait) await commit;
      } else if (step.do === 'add') {
        await w.server({ host: `c${step.host}`, projectId: PROJECT[step.owner] });
      } else if (step.do === 'open') {
        followers[step.client] ??= new Follower(step.owner);
        followers[step.client]?.connect(w);
        await new Promise((resolve) => setImmediate(resolve));
      } else if (step.do === 'cut') {
        followers[step.client]?.cut();
      } else if (step.do === 'stall') {
        followers[step.client]?.stall();
      } else {
        await w.store.trim(w.clock.now() + 1, 3, 5);
      }
    }
    await Promise.all(commits);
    for (const follower of followers) {
      if (follower === undefined) continue;
      await follower.catchUp(w);
      await check(w, follower, log);
    }
  } finally {
    await w.close();
  }
}

async function check(w: StreamWorld, follower: Follower, log: Map<string, string>): Promise<void> {
  const stream = projectStream(PROJECT[follower.owner]);
  /** What a client that only believes its frames knows: server -> host_status. */
  const known = new Map<string, string | null | undefined>();
  let pending: ServerState[] = [];
  let last: number | undefined;
  let duplicates = 0;
  for (const frame of follower.learnt) {
    if (frame.type === 'snapshot') {
      if (frame.part === 1) pending = [];
      pending.push(...(frame.items as ServerState[]));
    } else if (frame.type === 'synced' && frame.how !== 'resumed') {
      known.clear();
      for (const state of pending) known.set(state.server_id, state.host_status);
      last = undefined;
    } else if (frame.type === 'event') {
      assert.is(JSON.stringify(frame.items), log.get(`${stream}#${frame.seq}`), `${stream}#${frame.seq}`);
      if (last !== undefined && frame.seq <= last) duplicates++;
      else if (last !== undefined) assert.is(frame.seq, last + 1, 'a gap that was not announced');
      last = frame.seq;
      for (const item of frame.items as Change[]) known.set(item.server_id, item.to);
    } else if (frame.type === 'unsubscribed' || frame.type === 'error') {
      throw new Error(JSON.stringify(frame));
    }
  }
  // It keeps its last cursor and nothing was lost on the way to it, so there was nothing to send twice.
  assert.is(duplicates, 0);
  const truth = await w.store.projectSnapshot(PROJECT[follower.owner]);
  assert.equal(
    new Map([...known].sort()),
    new Map(truth.items.map((state) => [state.server_id, state.host_status] as const).sort()),
  );
}

/** As where other nodes commit too: what was committed is told late, with holes, and some of it twice. */
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
        const told = waiting.filter((row) => newest.get(row.stream) === row.seq || chance() < 0.5);
        waiting = waiting.filter(() => chance() < 0.2);
        listener({ rows: told, services: [], removedServices: [] });
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
      { numRuns: 60 },
    );
  });
}

test.run();
