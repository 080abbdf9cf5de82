/** One node among others, on a link that a test holds: when it leads, and what it sends when sending fails. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ANSWER_WITHIN } from '../../server/nodes/asks.ts';
import { type Digest, digestKey, written } from '../../server/nodes/digest.ts';
import { LEADS_FOR } from '../../server/nodes/lease.ts';
import { Nodes } from '../../server/nodes/nodes.ts';
import { LOST_AFTER } from '../../server/nodes/peers.ts';
import type { LeaseRecord, NodeLink } from '../../server/ports/node-link.ts';
import type { SharedHearing } from '../../server/ports/nodes.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { FakeClock } from '../support/clock.ts';
import { ManualTimers } from '../support/manual-timers.ts';

const test = suite('a node');

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A node that has begun to listen, on a database on which others may be connected. */
async function open({ isOnly = true, holder = null as number | null } = {}) {
  const clock = new FakeClock();
  const timers = new ManualTimers(clock);
  const world = { isBroken: false, isDeaf: false, isOnly, beats: 0, listenedAgain: 0, commit: 0 };
  let record: LeaseRecord = { holder, epoch: 1, beat: 0 };
  const sent: string[] = [];
  let heard: (message: string) => void = () => undefined;
  const link: NodeLink = {
    id: 1,
    name: 'one',
    async send(messages) {
      if (world.isBroken) throw new Error('the connection is gone');
      sent.push(...messages);
      if (!world.isDeaf) for (const message of messages) heard(message);
    },
    listen(listener, begun) {
      heard = listener;
      begun();
    },
    listenAgain: () => void world.listenedAgain++,
    lease: async () => record,
    async beat(epoch) {
      world.beats += 1;
      if (epoch === record.epoch) record = { ...record, beat: record.beat + 1 };
      return epoch === record.epoch;
    },
    async take(seen) {
      record = { holder: 1, epoch: seen.epoch + 1, beat: 0 };
      return record.epoch;
    },
    async release() {
      record = { ...record, holder: null };
    },
    isOnly: async () => world.isOnly,
    nodes: async () => [],
    close: async () => undefined,
  };
  const reports = new Set<number>();
  const taken: number[][] = [];
  const hearing: SharedHearing = {
    takeHeard() {
      const all = [...reports];
      reports.clear();
      taken.push(all);
      return all;
    },
    takeDeparted: () => [],
    giveBack: (again) => again.forEach((service) => void reports.add(service)),
    onDeparted: () => undefined,
    heardBy: () => undefined,
    lost: () => 3,
    missed: () => undefined,
    readAll: async () => true,
    leaving: () => undefined,
  };
  const { setTimer } = timers;
  const signingKey = new Uint8Array(32);
  const tail = () => ({ commit: world.commit });
  const node = new Nodes({ link, signingKey, clock, setTimer, logger: noLogger, tail });
  let n = 0;
  /** Node 2 sends this. */
  const other = (more: Partial<Digest>) => {
    const digest = { from: 2, heard: [], departed: [], answers: [], peers: [1], tail: 0, ...more };
    for (const message of written(digest, () => ++n, digestKey(signingKey))) heard(message);
  };
  const started = node.start(hearing);
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      timers.advance(50);
      await turn();
    }
  };
  const leader = () => record.holder;
  return { node, world, reports, taken, sent, other, pass, started, leader, close: () => node.close() };
}

test('alone on a database it leads at once, and goes on as long as it beats', async () => {
  const { node, world, pass, started, close } = await open();
  await pass(300);
  await started;
  assert.is(node.lead(), 2);
  await pass(5_000);
  assert.is(node.lead(), 2);
  assert.ok(world.beats > 5);
  await close();
});

test('beside others it leads only after it has listened long enough to know them all', async () => {
  const { node, pass, close } = await open({ isOnly: false });
  await pass(1_300);
  assert.is(node.lead(), undefined);
  await pass(500);
  assert.is(node.lead(), 2);
  await close();
});

test('a node that does not hear itself gives up the lead to another', async () => {
  const { node, world, pass, close } = await open();
  await pass(300);
  assert.is(node.lead(), 2);
  world.isDeaf = true;
  await pass(LOST_AFTER + 400);
  assert.is(node.lead(), undefined);
  assert.match(node.cannotHear() ?? '', /does not hear the others/);
  assert.not(await node.ask());
  assert.ok(world.listenedAgain > 0);
  const { beats } = world;
  await pass(LEADS_FOR);
  assert.is(world.beats, beats);
  await close();
});

test('ids that could not be sent go with the next message', async () => {
  const { world, reports, taken, pass, close } = await open();
  await pass(300);
  world.isBroken = true;
  for (const service of [4, 5]) reports.add(service);
  await pass(200);
  reports.add(6);
  world.isBroken = false;
  taken.length = 0;
  await pass(200);
  assert.equal(taken.flat().sort(), [4, 5, 6]);
  await close();
});

test('a node that announces a second late says so, to people and to the others', async () => {
  const { node, world, sent, other, pass, close } = await open();
  await pass(300);
  world.commit = 4;
  for (let passed = 0; passed < 1_600; passed += 200) {
    other({ tail: 9 });
    await pass(200);
  }
  assert.match(node.behind() ?? '', /is announced here 1\.\d s late/);
  assert.is(node.status().self.trouble, node.behind());
  assert.match(sent.at(-1) ?? '', /"trouble":"what other nodes commit is announced here/);
  world.commit = 9;
  await pass(200);
  assert.is(node.behind(), undefined);
  await close();
});

test('it counts lost nodes and the services that wait for them, not those that left', async () => {
  const { node, other, pass, close } = await open();
  await pass(300);
  other({});
  await pass(LOST_AFTER + 200);
  assert.equal([node.counts.lost, node.counts.held], [1, 3]);
  other({});
  other({ state: 'left' });
  await pass(200);
  assert.equal([node.counts.lost, node.counts.held], [1, 6]);
  assert.equal([node.counts.takeOvers, node.term], [1, 2]);
  await close();
});

test('each question to the others is counted by its outcome', async () => {
  const { node, other, pass, close } = await open();
  await pass(300);
  const outcomes: boolean[] = [];
  node.counts.onAsked((answered) => outcomes.push(answered));
  const alone = node.ask();
  await pass(200);
  assert.is(await alone, true);
  other({});
  const unanswered = node.ask();
  await close();
  assert.is(await unanswered, false);
  assert.equal(outcomes, [true, false]);
});

test('a question does not wait for a node that leaves', async () => {
  const { node, other, pass, close } = await open();
  await pass(300);
  other({});
  let isAnswered: boolean | undefined;
  node.ask().then((answered) => {
    isAnswered = answered;
  });
  other({ state: 'left' });
  await pass(ANSWER_WITHIN / 2);
  assert.is(isAnswered, true);
  await close();
});

test('a node that leaves hands its lease over', async () => {
  const { node, leader, pass, close } = await open();
  await pass(300);
  assert.is(leader(), 1);
  await node.leave();
  assert.is(leader(), null);
  await close();
});

test.run();
