import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { connect, HostStatusMap, type Watch, type WatchItem, watch } from '../../client-sdk/src/index.ts';
import { anIdentity } from '../support/identity.ts';
import { StreamWorld } from '../support/stream-world.ts';
import { within } from '../support/within.ts';

const test = suite('client against the hub');
const random = () => 0;

async function inWorld(run: (world: StreamWorld) => Promise<void>): Promise<void> {
  const world = await StreamWorld.open();
  try {
    await world.service({ host: 'c1' });
    await world.server({ id: 's1', name: 'web', host: 'c1' });
    await run(world);
  } finally {
    await world.close();
  }
}

/** A socket that can be cut off, as a cable is. */
function cuttable() {
  let last: WebSocket | undefined;
  class Cuttable extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      last = this;
    }
  }
  return { WebSocket: Cuttable as never, cut: () => last?.terminate() };
}

const fence = (world: StreamWorld, forcedDown: boolean) => world.change('c1', { forcedDown });

const open = (world: StreamWorld, options: object = {}): Watch =>
  watch({ url: world.edge.url, token: 'owner', random, ...options });

function brief(item: WatchItem): string {
  if (item.type === 'change') return `${item.seq} ${item.change.name} ${item.change.from}>${item.change.to}`;
  const states = item.servers.map((server) => `${server.name} ${server.host_status}`);
  return `${item.type === 'reset' ? `reset ${item.reason}` : item.type}: ${states.join(', ')}`;
}

async function take(items: AsyncIterator<WatchItem>): Promise<string> {
  const { value } = await within('an item', items.next());
  return brief(value);
}

test('an owner sees the state and then the fence', () =>
  inWorld(async (world) => {
    await using watched = open(world);
    const items = watched[Symbol.asyncIterator]();
    assert.is(await take(items), 'snapshot: web UP');
    await fence(world, true);
    assert.match(await take(items), / web UP>DOWN$/);
  }));

test('an owner without servers gets an empty snapshot', () =>
  inWorld(async (world) => {
    await using watched = open(world, { token: 'other' });
    assert.is(await take(watched[Symbol.asyncIterator]()), 'snapshot: ');
  }));

for (const tokenIn of ['hello', 'bearer', 'ticket'] as const) {
  test(`it is let in with its token in ${tokenIn}`, () =>
    inWorld(async (world) => {
      world.tickets.set('once', anIdentity());
      const token = tokenIn === 'ticket' ? 'once' : 'owner';
      await using client = connect({ url: world.edge.url, token, tokenIn });
      await within('synced', client.synced);
      assert.is(client.welcome?.project_id, 'p1');
    }));
}

test('cut off again and again while hosts change, it sees the log: all, once, in order', () =>
  inWorld(async (world) => {
    const ROUNDS = 60;
    const line = cuttable();
    await using watched = open(world, { WebSocket: line.WebSocket, maxBuffered: 5 });
    const items = watched[Symbol.asyncIterator]();
    assert.is(await take(items), 'snapshot: web UP');
    const changing = (async () => {
      for (let n = 0; n < ROUNDS; n += 1) {
        await fence(world, n % 2 === 0);
        if (n % 7 === 3) line.cut();
      }
    })();
    const seen: string[] = [];
    while (seen.length < ROUNDS) seen.push(await take(items));
    await changing;
    const first = Number(seen[0]?.split(' ')[0]);
    const log = seen.map((_, n) => `${first + n} web ${n % 2 === 0 ? 'UP>DOWN' : 'DOWN>UP'}`);
    assert.equal(seen, log);
  }));

test('a restarted program resumes from the cursor it kept', () =>
  inWorld(async (world) => {
    let cursor: string | undefined;
    const onCursor = (kept: string) => {
      cursor = kept;
    };
    for await (const item of open(world, { onCursor })) {
      if (item.type === 'change') break;
      await fence(world, true);
    }
    await fence(world, false);
    await using again = open(world, { cursor });
    const items = again[Symbol.asyncIterator]();
    assert.match(await take(items), / web UP>DOWN$/);
    assert.match(await take(items), / web DOWN>UP$/);
  }));

test("a cursor that is not the server's own is answered by a reset", () =>
  inWorld(async (world) => {
    await using watched = open(world, { cursor: 'made-up' });
    assert.is(await take(watched[Symbol.asyncIterator]()), 'reset invalid: web UP');
  }));

test("another project's stream and a bad token are refused for good", () =>
  inWorld(async (world) => {
    const refused = async (options: object) => {
      const { client } = open(world, options);
      await within(
        'the refusal',
        client.synced.catch(() => {}),
      );
      await client.close();
      return client.error?.name;
    };
    assert.is(await refused({ projectId: 'p2' }), 'ForbiddenError');
    assert.is(await refused({ stream: 'hosts' }), 'ForbiddenError');
    assert.is(await refused({ token: 'made-up' }), 'AuthenticationError');
    assert.is(await refused({ token: 'made-up', tokenIn: 'bearer' }), 'AuthenticationError');
  }));

test('an owner limited to UNKNOWN gets that much, and a new policy is a reset', () =>
  inWorld(async (world) => {
    world.policy.set('unknown-only');
    await using watched = open(world);
    const errors: string[] = [];
    watched.client.on('error', ({ message }) => errors.push(message));
    const items = watched[Symbol.asyncIterator]();
    assert.is(await take(items), 'snapshot: web undefined');
    await fence(world, true);
    await fence(world, false);
    await world.change('c1', { live: false });
    assert.match(await take(items), / web undefined>UNKNOWN$/);
    world.policy.set('all');
    assert.is(await take(items), 'reset access: web UNKNOWN');
    assert.equal(errors, []);
  }));

test('operators follow services', () =>
  inWorld(async (world) => {
    await using client = connect({ url: world.edge.url, token: 'admin', stream: 'hosts' });
    const map = new HostStatusMap(client);
    await within('synced', map.synced);
    const [[id, service] = []] = [...map];
    assert.is(service?.host, 'c1');
    const changed = new Promise<void>((resolve) => map.on('change', () => resolve()));
    await fence(world, true);
    await within('the change', changed);
    assert.is(map.get(id!)?.host_status, 'DOWN');
  }));

test('a server that drains sends its clients away, and they come back', () =>
  inWorld(async (world) => {
    await using client = connect({ url: world.edge.url, token: 'owner', random });
    await within('synced', client.synced);
    const lost = new Promise<string>((resolve) => client.on('error', ({ message }) => resolve(message)));
    let isOver = false;
    const drained = world.hub.drain().then(() => {
      isOver = true;
    });
    while (!isOver) {
      world.timers.advance(100);
      await new Promise(setImmediate);
    }
    assert.match(await within('the close', lost), /1012|1001/);
    await client.close();
    await drained;
  }));

test.run();
