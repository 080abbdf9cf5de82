import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FairQueue } from '../../../server/limits/fair-queue.ts';
import type { LogRow } from '../../../server/ports/log.ts';
import type { Webhook } from '../../../server/ports/webhook-store.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import { Couriers } from '../../../server/webhooks/delivery/couriers.ts';
import type { PostOutcome } from '../../../server/webhooks/delivery/post.ts';
import { aWebhook } from '../../support/builders.ts';
import { FakeClock } from '../../support/clock.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { until } from '../../support/within.ts';

const test = suite('couriers');

const LIMITS = { running: 9, runningPerKey: 9, waiting: 99, waitingPerKey: 99, what: 'deliveries' };

/** Couriers of these webhooks on a log of `head` rows for each project, and on an endpoint that the test answers for. */
function world(webhooks: readonly Webhook[], head = 1) {
  const clock = new FakeClock();
  const timers = new ManualTimers(clock);
  const posts: { webhook: string; answer: (outcome: PostOutcome) => void }[] = [];
  const written: { readonly id: string; readonly fields: Partial<Webhook> }[] = [];
  const self = { failing: false, refusing: false, answersAtOnce: true, head };
  const items = JSON.stringify([{ kind: 'transition', server_id: 's1', from: 'UP', to: 'DOWN' }]);
  const all = async () => {
    if (self.failing) throw new Error('the database is away');
    return webhooks;
  };
  const couriers = new Couriers({
    webhooks: {
      all,
      ofProject: async (projectId: string) => webhooks.filter((one) => one.projectId === projectId),
      async change(id: string, fields: Partial<Webhook>) {
        if (self.refusing) throw new Error('the disk is full');
        written.push({ id, fields });
      },
    } as never,
    store: {
      epoch: 'e',
      bounds: async () => {
        const bounds = { head: self.head, floor: 1, headEntry: 0, floorEntry: 0 };
        return { ...bounds, entry: 0, unknownOnly: bounds };
      },
      log: async (stream: string, after: number): Promise<LogRow[]> =>
        Array.from({ length: self.head - after }, (_, n) => {
          const seq = after + 1 + n;
          return { stream, seq, at: 0, items, entry: 0, unknownSeq: seq } as LogRow;
        }),
    } as never,
    policy: { allows: () => true, isAdmin: () => false, hostStatusVisibility: () => 'all' } as never,
    rolesNow: async ({ roles }) => roles,
    post: (url, _message, _signature, _projectId, signal) =>
      new Promise((resolve) => {
        posts.push({ webhook: url.pathname, answer: resolve });
        signal?.addEventListener('abort', () => resolve({ delivered: false, error: 'called off' }));
        if (self.answersAtOnce) resolve({ delivered: true });
      }),
    deliveries: new FairQueue(LIMITS),
    clock,
    setTimer: timers.setTimer,
    random: () => 0,
    logger: noLogger,
  });
  return { couriers, posts, written, timers, clock, self };
}

const hook = (name: string, fields: Partial<Webhook> = {}) =>
  aWebhook({ id: name, url: `https://example.org/${name}`, ...fields });
const settled = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
};

test('a node that is asked twice to deliver has one courier for each webhook', async () => {
  const { couriers, posts } = world([hook('a')]);
  await Promise.all([couriers.deliver(true), couriers.deliver(true)]);
  await until('the delivery', () => posts.length > 0);
  couriers.wake('project:p1');
  await settled();
  assert.is(posts.length, 1);
  await couriers.deliver(false);
});

test('a node that does not deliver serves no webhook that is made on it', async () => {
  const { couriers, posts } = world([]);
  couriers.serve(hook('a'));
  await settled();
  assert.equal([couriers.size, posts.length], [0, 0]);
  await couriers.deliver(true);
  couriers.serve(hook('b', { state: 'paused' }));
  assert.is(couriers.size, 0);
});

test('a change at another node leaves the couriers of other projects alone', async () => {
  const { couriers, written } = world([hook('a'), hook('b', { projectId: 'p2' })]);
  await couriers.deliver(true);
  await settled();
  await couriers.reload('p1');
  assert.is(couriers.size, 2);
  assert.equal(
    written.map(({ id, fields }) => [id, 'attempts' in fields]),
    [['a', false]],
    'of a webhook that changed only the place is written',
  );
  await couriers.deliver(false);
});

test('a node that could not read its webhooks delivers when it is asked again', async () => {
  const { couriers, self } = world([hook('a')]);
  self.failing = true;
  const failed = await couriers.deliver(true).catch((error: Error) => error.message);
  assert.is(failed, 'the database is away');
  self.failing = false;
  await couriers.deliver(true);
  assert.is(couriers.size, 1);
  await couriers.deliver(false);
  assert.is(couriers.size, 0);
});

test('a place is kept once a second, and at the end, with no timer left', async () => {
  const { couriers, posts, written, timers, self } = world([hook('a')], 2);
  const places = () => written.map(({ fields }) => fields.seq);
  await couriers.deliver(true);
  await until('two deliveries', () => posts.length === 2);
  await settled();
  assert.is(timers.waiting, 1);
  timers.advance(1_000);
  await settled();
  assert.equal(places(), [2]);
  self.head = 3;
  couriers.wake('project:p1');
  await until('the third', () => posts.length === 3);
  await settled();
  timers.advance(1_000);
  await settled();
  assert.equal(places(), [2, 3]);
  await couriers.deliver(false);
  assert.equal([places(), timers.waiting], [[2, 3, 3], 0]);
});

test('a delivery aborted at the end does not count as a failure of its endpoint', async () => {
  const { couriers, posts, written, timers, self } = world([hook('a')]);
  self.answersAtOnce = false;
  await couriers.deliver(true);
  await until('the delivery', () => posts.length === 1);
  const ending = couriers.deliver(false);
  await settled();
  timers.advance(500);
  await ending;
  const last = written.at(-1)?.fields;
  assert.equal([last?.seq, last?.attempts, last?.nextAttemptAt], [0, 0, null]);
  assert.is(timers.waiting, 0);
});

test('an endpoint that fails is tried again when its pause is over, not before', async () => {
  const { couriers, posts, written, timers, self } = world([hook('a')]);
  self.answersAtOnce = false;
  await couriers.deliver(true);
  await until('the delivery', () => posts.length === 1);
  posts[0]?.answer({ delivered: false, error: 'it answered 500' });
  await until('the failure to be kept', () => written.length > 0);
  await settled();
  assert.equal([posts.length, timers.waiting], [1, 1]);
  couriers.wake('project:p1');
  await settled();
  assert.equal([posts.length, timers.waiting], [1, 1]);
  timers.advance(1_000);
  await until('the second attempt', () => posts.length === 2);
  const ending = couriers.deliver(false);
  posts[1]?.answer({ delivered: true });
  await ending;
  assert.equal([written.at(-1)?.fields.attempts, timers.waiting], [0, 0]);
});

test('the end leaves no retry behind, even of a delivery that fails during it', async () => {
  const { couriers, posts, written, timers, self } = world([hook('a'), hook('b')]);
  self.answersAtOnce = false;
  await couriers.deliver(true);
  await until('both deliveries', () => posts.length === 2);
  posts[0]?.answer({ delivered: false, error: 'it answered 500' });
  await until('the failure to be kept', () => written.length > 0);
  await settled();
  const ending = couriers.deliver(false);
  await settled();
  posts[1]?.answer({ delivered: false, error: 'it answered 500' });
  await ending;
  await settled();
  assert.is(timers.waiting, 0);
});

test('an endpoint that answers 410 leaves no retry', async () => {
  const { couriers, posts, written, timers, self } = world([hook('a')]);
  self.answersAtOnce = false;
  await couriers.deliver(true);
  await until('the delivery', () => posts.length === 1);
  posts[0]?.answer({ delivered: false, error: 'it answered 410', gone: true });
  await until('the end', () => written.length > 0);
  await settled();
  const { state, nextAttemptAt } = written.at(-1)?.fields ?? {};
  assert.equal([state, nextAttemptAt, timers.waiting], ['parked', null, 0]);
  couriers.wake('project:p1');
  await settled();
  assert.is(posts.length, 1);
  await couriers.deliver(false);
});

test('a webhook whose parking is not stored is served on, and parked later', async () => {
  const { couriers, posts, written, timers, self } = world([hook('a')]);
  Object.assign(self, { answersAtOnce: false, refusing: true });
  await couriers.deliver(true);
  await until('the delivery', () => posts.length === 1);
  posts[0]?.answer({ delivered: false, error: 'it answered 410', gone: true });
  await until('a retry to be planned', () => timers.waiting === 1);
  assert.equal(written, []);
  self.refusing = false;
  for (let tries = 0; posts.length === 1 && tries < 20; tries++) {
    timers.advance(60_000);
    await settled();
  }
  posts[1]?.answer({ delivered: false, error: 'it answered 410', gone: true });
  await until('the end', () => written.length > 0);
  assert.is(written.at(-1)?.fields.state, 'parked');
  await couriers.deliver(false);
});

test.run();
