import { getEventListeners } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { betterNode } from '../../../client-sdk/src/connection/better-node.ts';
import { Endpoints } from '../../../client-sdk/src/connection/endpoints.ts';
import { NodeMoves } from '../../../client-sdk/src/connection/node-moves.ts';
import { RetryTimer } from '../../../client-sdk/src/connection/retry-timer.ts';
import { FakeClock } from '../../support/clock.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { until } from '../../support/within.ts';

const test = suite('moves between nodes');

const URLS = ['https://a.example', 'https://b.example'];
const WELL = '{"ready":true,"observer":"ok"}';

const settled = async () => {
  for (let n = 0; n < 5; n++) await new Promise((turn) => setImmediate(turn));
};

/** A client of these nodes, in step with the first; `answer` is what the others report of themselves. */
function world(urls: readonly string[] = URLS, random = 0.5) {
  const clock = new FakeClock();
  const timers = new ManualTimers(clock);
  const endpoints = new Endpoints(urls, () => random);
  const self = { moves: 0, asked: [] as string[], answer: async () => new Response(WELL) };
  const options = { now: () => clock.monotonic(), random: () => random, setTimer: timers.setTimer };
  let retries = 0;
  const retry = new RetryTimer(options, endpoints, () => {
    retries += 1;
  });
  const moves = new NodeMoves({
    ...options,
    endpoints,
    retry,
    ended: new AbortController().signal,
    fetch: (async (url: string) => {
      self.asked.push(url);
      return self.answer();
    }) as never,
    move: () => {
      self.moves += 1;
    },
  });
  return { clock, timers, endpoints, retry, moves, self, retries: () => retries };
}

test('a drain that is announced twice is one move, within the time that it gives', () => {
  const { moves, timers, self } = world(URLS, 0.9);
  moves.drain([0, 400]);
  moves.drain([0, 400]);
  timers.advance(359);
  assert.is(self.moves, 0);
  timers.advance(1);
  assert.equal([self.moves, timers.waiting], [1, 0]);
});

test('a connection that ended has no move before it', () => {
  const { moves, timers, self } = world();
  moves.drain([0, 5_000]);
  moves.onObserver('degraded');
  moves.stop();
  assert.is(timers.waiting, 0);
  timers.advance(60_000);
  assert.equal([self.moves, self.asked], [0, []]);
});

test('a degraded node is compared with others less and less often, until it is well', async () => {
  const { moves, timers, self } = world();
  self.answer = async () => new Response('{"ready":true,"observer":"degraded"}');
  const searches = async (ms: number) => {
    moves.onObserver('degraded');
    const before = self.asked.length;
    timers.advance(ms - 1);
    await settled();
    assert.is(self.asked.length, before);
    timers.advance(1);
    await until('the search', () => self.asked.length === before + 1);
  };
  for (const ms of [10_000, 20_000, 40_000, 80_000, 80_000]) await searches(ms);
  moves.onObserver('ok');
  await searches(10_000);
  assert.is(self.moves, 0);
});

test('the answer of a node that comes after the connection ended moves nobody', async () => {
  const { moves, timers, self, endpoints } = world();
  const { promise, resolve } = Promise.withResolvers<Response>();
  self.answer = () => promise;
  moves.onObserver('degraded');
  timers.advance(10_000);
  await until('the search', () => self.asked.length === 1);
  moves.stop();
  resolve(new Response(WELL));
  await settled();
  assert.equal([self.moves, endpoints.url], [0, URLS[0]]);
});

test('a single node is neither left nor compared', () => {
  const { moves, timers, self } = world(['https://a.example']);
  moves.onObserver('degraded');
  moves.drain([0, 1_000]);
  timers.advance(60_000);
  assert.equal([self.moves, self.asked], [0, []]);
});

test('a retry that is due sooner than a first one is not put off', () => {
  const { retry, timers, retries } = world(['https://a.example'], 0.5);
  retry.onLost(false, false);
  retry.start();
  retry.start();
  assert.is(timers.waiting, 1);
  timers.advance(900);
  retry.hasten();
  timers.advance(100);
  assert.is(retries(), 1);
});

test('a network that comes back starts no retry that was not planned', () => {
  const { retry, timers } = world(['https://a.example']);
  retry.hint([5_000, 5_000]);
  retry.onLost(false, false);
  retry.hasten();
  assert.is(timers.waiting, 0);
});

/** The node that is chosen by what each reports; a text, a status, or an error. */
async function chosen(...reports: (string | number | Error)[]) {
  const timers = new ManualTimers(new FakeClock());
  const stop = new AbortController();
  let asked = 0;
  const fetch = async () => {
    const report = reports[asked++];
    if (report instanceof Error) throw report;
    return typeof report === 'number' ? new Response('', { status: report }) : new Response(report);
  };
  const urls = reports.map((_, n) => `n${n}`);
  const url = await betterNode(urls, fetch as never, (base) => base, timers.setTimer, stop.signal);
  assert.is(timers.waiting, 0);
  // A client asks for as long as it lives.
  assert.equal(getEventListeners(stop.signal, 'abort'), []);
  return url;
}

test('a better node is ready and sees the hosts well, or is too old to say', async () => {
  assert.is(await chosen('{"ready":false,"observer":"ok"}', WELL), 'n1');
  assert.is(
    await chosen('{"ready":true,"observer":"degraded"}', 'not JSON', 503, new Error('refused')),
    undefined,
  );
  assert.is(await chosen(503, 404), 'n1');
});

test('a client that is closed asks no further node', async () => {
  const stop = new AbortController();
  const asked: string[] = [];
  const fetch = async (url: string, { signal }: { signal: AbortSignal }) => {
    asked.push(url);
    stop.abort();
    assert.ok(signal.aborted);
    throw new Error('aborted');
  };
  const timers = new ManualTimers(new FakeClock());
  const url = await betterNode(URLS, fetch as never, (base) => base, timers.setTimer, stop.signal);
  assert.equal([url, asked.length], [undefined, 1]);
});

test.run();
