/** The log is trimmed, or grows, between two reads of one client that catches up. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Store } from '../../../server/ports/store.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';
import { StreamWorld } from '../../support/stream-world.ts';
import { within } from '../../support/within.ts';

interface Hooks {
  /** Before rows of the log are read, the nth time from 1. */
  log?: (read: number) => Promise<void>;
  /** After the bounds were read, and before they are returned. */
  bounds?: (read: number) => Promise<void>;
}

/** A world in whose store things happen between reads. */
async function open(hooks: Hooks): Promise<StreamWorld> {
  const reads = { log: 0, bounds: 0 };
  const hooked = (store: Store): Store =>
    new Proxy(store, {
      get(target, name) {
        const value = Reflect.get(target, name, target) as unknown;
        if (typeof value !== 'function') return value;
        return async (...given: unknown[]) => {
          if (name === 'log') await hooks.log?.(++reads.log);
          const found = await (value as (...given: unknown[]) => unknown).apply(target, given);
          if (name === 'bounds') await hooks.bounds?.(++reads.bounds);
          return found;
        };
      },
    });
  let shown: Store | undefined;
  return StreamWorld.open(
    {},
    {
      store: async (clock) => {
        const test = await openTestStore({ clock });
        const raw = test.store;
        const wrapped = new Proxy(hooked(raw), {
          get(target, name) {
            return name === 'onCommit' || name === 'updateService' || name === 'updateInstance'
              ? (Reflect.get(raw, name, raw) as () => unknown).bind(raw)
              : Reflect.get(target, name, target);
          },
        });
        shown ??= wrapped;
        return new Proxy(test, {
          get: (target, name) => (name === 'store' ? shown : Reflect.get(target, name, target)),
        }) as TestStore;
      },
    },
  );
}

/** Forty changes of one server, so that they are read in two pages, and the cursor before them. */
async function behind(w: StreamWorld): Promise<string> {
  await w.service();
  await w.server();
  const { cursor } = (await w.poll()).json;
  for (let n = 0; n < 40; n++) await w.change('c1', { live: n % 2 === 1 });
  return cursor;
}

/** Leaves that many rows of the whole log. */
async function trimTo(w: StreamWorld, rows: number): Promise<void> {
  while ((await w.store.trim(Number.NEGATIVE_INFINITY, rows, 1_000)) > 0);
}

const test = suite<{ hooks: Hooks; w: StreamWorld }>('trimmed while it is read', {} as never);

test.before.each(async (context) => {
  context.hooks = {};
  context.w = await open(context.hooks);
});
test.after.each(({ w }) => w.close());

// A resume reads the row of its cursor first, then the pages.
for (const [what, left] of [
  ['all', 0],
  ['most', 6],
] as const) {
  test(`a socket that resumes while ${what} of its rows are trimmed is reset`, async ({ hooks, w }) => {
    const cursor = await behind(w);
    const client = await w.client();
    let isTrimmed = false;
    hooks.log = async (read) => {
      if (isTrimmed || read === 1) return;
      isTrimmed = true;
      await trimTo(w, left);
    };
    client.subscribe({ cursor });
    const synced = await client.until('synced');
    assert.ok(isTrimmed);
    assert.equal([synced.how, synced.reason], ['reset', 'expired']);
    await w.change('c1', { live: false });
    assert.is((await client.until('event')).seq, 42);
  });

  test(`a poll while ${what} of its rows are trimmed is a reset`, async ({ hooks, w }) => {
    const cursor = await behind(w);
    let isTrimmed = false;
    hooks.log = async (read) => {
      if (isTrimmed || read === 1) return;
      isTrimmed = true;
      await trimTo(w, left);
    };
    const { status, json } = await w.poll(`?after=${encodeURIComponent(cursor)}`);
    assert.ok(isTrimmed);
    assert.equal([status, json.error.code, json.error.reason], [410, 'reset', 'expired']);
  });
}

test('a commit made while a poll reads is in its answer, and not in the next one', async ({ hooks, w }) => {
  await w.service();
  await w.server();
  const { cursor } = (await w.poll()).json;
  let isCommitted = false;
  hooks.bounds = async () => {
    if (isCommitted) return;
    isCommitted = true;
    // Between the head that this poll knows and the moment at which it would wait.
    hooks.bounds = async () => {
      delete hooks.bounds;
      await w.change('c1', { live: false });
    };
  };
  const poll = await within('the poll', w.poll(`?after=${encodeURIComponent(cursor)}&wait=30`), 10_000);
  assert.is(poll.json.items.length, 1);
});

test('a poll that is over follows nothing', async ({ w }) => {
  await w.service();
  const { cursor } = (await w.poll()).json;
  await w.poll(`?after=${encodeURIComponent(cursor)}`);
  assert.equal(w.hub.stats(), { connections: 0, authenticated: 0, subscriptions: 0, streams: 0 });
});

test.run();
