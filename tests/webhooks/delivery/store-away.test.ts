/** The database goes away between the end of a courier and the read that should begin the next one. */
import * as assert from 'uvu/assert';
import type { Committed } from '../../../server/ports/committed.ts';
import type { Webhook, WebhookStore } from '../../../server/ports/webhook-store.ts';
import { until } from '../../support/within.ts';
import { OWNER, open, type World, webhookSuite, wish } from '../world.ts';

const test = webhookSuite('webhooks while the database is away');

/** The tests' webhooks, in a store that can be away. `commits`: a change is stored, but its answer is lost. */
function failing({ w }: World) {
  const self = { away: false, commits: false, reads: 0, afterRead: async () => {} };
  const inner = w.test.webhooks;
  const away = () => new Error('the database is away');
  const read = async <T>(rows: () => Promise<T>): Promise<T> => {
    self.reads += 1;
    if (self.away) throw away();
    const found = await rows();
    await self.afterRead();
    return found;
  };
  const write = async <T>(change: () => Promise<T>): Promise<T> => {
    if (!self.away && !self.commits) return change();
    if (self.commits) await change();
    self.away = true;
    throw away();
  };
  const store: WebhookStore = {
    add: (webhook) => write(() => inner.add(webhook)),
    webhook: (id) => inner.webhook(id),
    ofProject: (projectId) => read(() => inner.ofProject(projectId)),
    all: () => read(() => inner.all()),
    change: (id, fields) =>
      fields.userId === undefined ? inner.change(id, fields) : write(() => inner.change(id, fields)),
    remove: (id) => write(() => inner.remove(id)),
  };
  const posts: string[] = [];
  let announce: (committed: Committed) => void = () => undefined;
  const webhooks = open(w, {
    webhooks: store,
    store: {
      epoch: w.store.epoch,
      bounds: (stream) => w.store.bounds(stream),
      log: (...page) => w.store.log(...page),
      onCommit(listener) {
        announce = listener;
        return w.store.onCommit(listener);
      },
    },
    post: async (url) => {
      posts.push(url.pathname);
      return { delivered: true };
    },
  });
  const otherNodeChanged = (projectId: string) =>
    announce({ rows: [], services: [], removedServices: [], touched: [{ projectId, webhooks: true }] });
  return { self, webhooks, posts, otherNodeChanged };
}

/** Ends each test's webhooks. */
function promises(title: string, work: (world: World & ReturnType<typeof failing>) => Promise<void>): void {
  test(title, async (world) => {
    await world.webhooks.close();
    const failed = failing(world);
    try {
      await work({ ...world, ...failed });
    } finally {
      failed.self.away = false;
      await failed.webhooks.close();
    }
  });
}

/** Lets the pauses between reads pass until the webhooks are served. */
async function served({ w, webhooks }: Pick<World, 'w' | 'webhooks'>, count: number): Promise<void> {
  await until('the webhooks to be served', () => {
    w.timers.advance(1_000);
    return webhooks.counts().served === count;
  });
}

async function delivered({ posts }: { readonly posts: readonly string[] }, path: string): Promise<void> {
  await until('the delivery', () => posts.length > 0);
  assert.equal(posts, [path]);
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error: Error) => error.message,
  );

promises('a webhook whose change and read both failed is served again', async (world) => {
  const { w, endpoint, webhooks, self } = world;
  await webhooks.start();
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  self.away = true;
  assert.is(await failure(webhooks.change(id, { name: 'other' }, OWNER)), 'the database is away');
  await until('the read to fail', () => self.reads > 1 && webhooks.counts().served === 0);
  self.away = false;
  await served(world, 1);
  await w.server();
  await delivered(world, '/hook');
});

promises('a change whose answer was lost is delivered as the database has it', async (world) => {
  const { w, endpoint, webhooks, self } = world;
  await webhooks.start();
  const { id } = await webhooks.add(wish(endpoint, { url: `${new URL('/old', endpoint.url)}` }), OWNER);
  self.commits = true;
  await failure(webhooks.change(id, { url: `${new URL('/new', endpoint.url)}` }, OWNER));
  Object.assign(self, { commits: false, away: false });
  await served(world, 1);
  await w.server();
  await delivered(world, '/new');
});

promises('a webhook that was made without an answer is served', async (world) => {
  const { endpoint, webhooks, self } = world;
  await webhooks.start();
  self.commits = true;
  await failure(webhooks.add(wish(endpoint), OWNER));
  Object.assign(self, { commits: false, away: false });
  await served(world, 1);
});

promises('a webhook that was removed without an answer is not served', async (world) => {
  const { w, endpoint, webhooks, self } = world;
  await webhooks.start();
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  await webhooks.add(wish(endpoint, { name: 'second' }), OWNER);
  self.commits = true;
  await failure(webhooks.remove(id, OWNER));
  Object.assign(self, { commits: false, away: false });
  await served(world, 1);
  await w.server();
  await delivered(world, '/hook');
});

promises('a webhook that another node changed is served once its row can be read', async (world) => {
  const { w, endpoint, webhooks, self } = world;
  await webhooks.start();
  await webhooks.add(wish(endpoint), OWNER);
  self.away = true;
  world.otherNodeChanged('p1');
  await until('the read to fail', () => self.reads > 1 && webhooks.counts().served === 0);
  self.away = false;
  await served(world, 1);
  await w.server();
  await delivered(world, '/hook');
});

promises('a node that takes the lead serves the webhooks as soon as it can read them', async (world) => {
  const { endpoint, webhooks, self } = world;
  await webhooks.start(false);
  await webhooks.add(wish(endpoint), OWNER);
  self.away = true;
  webhooks.lead(true);
  await until('the read to fail', () => self.reads > 1);
  self.away = false;
  await served(world, 1);
});

promises('a node that loses the lead reads nothing more', async ({ w, endpoint, webhooks, self }) => {
  await webhooks.start(false);
  await webhooks.add(wish(endpoint), OWNER);
  self.away = true;
  const others = w.timers.waiting;
  webhooks.lead(true);
  await until('the next read to be planned', () => w.timers.waiting > others);
  webhooks.lead(false);
  assert.is(w.timers.waiting, others);
});

promises('a webhook paused while all are read is not served as it was', async (world) => {
  const { endpoint, webhooks, self } = world;
  await webhooks.start(false);
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  await webhooks.add(wish(endpoint, { name: 'second' }), OWNER);
  let changed: Promise<Webhook> | undefined;
  self.afterRead = async () => {
    self.afterRead = async () => {};
    changed = webhooks.change(id, { state: 'paused' }, OWNER);
    await changed;
  };
  webhooks.lead(true);
  await served(world, 1);
  assert.is((await changed)?.state, 'paused');
  await until('the second read', () => self.reads > 2);
  assert.is(webhooks.counts().served, 1);
});

test.run();
