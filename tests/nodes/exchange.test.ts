/** Digests of one node: what it takes from others' and answers, and that a failed one loses nothing. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Asks } from '../../server/nodes/asks.ts';
import { type Digest, digestKey, read, written } from '../../server/nodes/digest.ts';
import { Exchange } from '../../server/nodes/exchange.ts';
import { Listening } from '../../server/nodes/listening.ts';
import { Peers } from '../../server/nodes/peers.ts';
import type { SharedHearing } from '../../server/ports/nodes.ts';
import { noLogger } from '../../server/telemetry/logger.ts';

const test = suite('exchange of digests');

const SELF = 1;
const OTHER = 2;
const signingKey = new Uint8Array(32).fill(7);
const mac = digestKey(signingKey);
const turn = () => new Promise((resolve) => setImmediate(resolve));

function open() {
  const world = { isBroken: false, hasRead: true, joined: 0 };
  const sent: Digest[] = [];
  const calls = { answered: [] as [number, number][], heard: [] as number[][], left: [] as number[] };
  let departed: () => void = () => undefined;
  const link = {
    id: SELF,
    async send(messages: readonly string[]) {
      if (world.isBroken) throw new Error('the connection is gone');
      for (const message of messages) sent.push(read(message, mac) as Digest);
    },
  };
  const hearing: SharedHearing = {
    takeHeard: () => [],
    takeDeparted: () => [],
    giveBack: () => undefined,
    onDeparted: (listener) => {
      departed = listener;
    },
    heardBy: (_, heard) => void calls.heard.push([...heard]),
    lost: () => 0,
    missed: () => undefined,
    readAll: async () => world.hasRead,
    leaving: () => undefined,
  };
  const asks = { answered: (node: number, question: number) => calls.answered.push([node, question]) };
  const exchange = new Exchange({
    link,
    signingKey,
    logger: noLogger,
    peers: new Peers(),
    listening: new Listening(),
    asks: asks as unknown as Asks,
    place: () => ({ leads: undefined, tail: 0, trouble: undefined, state: undefined }),
    joined: () => void world.joined++,
    left: (node) => calls.left.push(node),
  });
  exchange.start(hearing);
  let n = 0;
  const message = (more: Partial<Digest>): string => {
    const digest = { from: OTHER, heard: [], departed: [], answers: [], peers: [], tail: 0, ...more };
    return written(digest, () => ++n, mac)[0] as string;
  };
  const receive = (more: Partial<Digest>) => exchange.received(message(more));
  return { exchange, world, sent, calls, message, receive, departed: () => departed() };
}

test('a message that comes a second time says nothing new', () => {
  const { exchange, calls, message } = open();
  const once = message({ heard: [5] });
  exchange.received(once);
  exchange.received(once);
  assert.equal(calls.heard, [[5]]);
});

test('after its end it reads nothing', () => {
  const { exchange, calls, receive } = open();
  exchange.close();
  receive({ heard: [5], state: 'left' });
  assert.equal([calls.heard, calls.left], [[], []]);
});

test('a node has joined when the leader receives its digests, and not before', () => {
  const { world, receive } = open();
  receive({ leads: 4, peers: [] });
  receive({ peers: [SELF] });
  assert.is(world.joined, 0);
  receive({ leads: 4, peers: [SELF] });
  assert.is(world.joined, 1);
});

test('only answers to its own questions count', () => {
  const { calls, receive } = open();
  receive({
    answers: [
      [7, 3],
      [SELF, 5],
    ],
  });
  assert.equal(calls.answered, [[OTHER, 5]]);
});

test('a question is answered after everything that had arrived was read', async () => {
  const { world, sent, receive } = open();
  world.hasRead = false;
  receive({ ask: 8 });
  await turn();
  assert.equal(sent, []);
  world.hasRead = true;
  receive({ ask: 9 });
  await turn();
  assert.equal(
    sent.map(({ answers }) => answers),
    [[[OTHER, 9]]],
  );
});

test('answers that could not be sent are in the next digest', async () => {
  const { exchange, world, sent, receive } = open();
  world.isBroken = true;
  receive({ ask: 9 });
  await turn();
  world.isBroken = false;
  await exchange.now();
  assert.equal(sent.at(-1)?.answers, [[OTHER, 9]]);
});

test('a question is asked once', async () => {
  const { exchange, sent } = open();
  exchange.ask(3);
  await exchange.now();
  await exchange.now();
  assert.equal(
    sent.map(({ ask }) => ask).filter((ask) => ask !== undefined),
    [3],
  );
});

test('a departure that must not wait is sent at once', async () => {
  const { sent, departed } = open();
  departed();
  await turn();
  assert.is(sent.length, 1);
});

test.run();
