import * as assert from 'uvu/assert';
import type { Committed } from '../../server/ports/committed.ts';
import { pauseOf } from '../../server/webhooks/delivery/post.ts';
import { until, within } from '../support/within.ts';
import { Endpoint, faultsOf } from './endpoint.ts';
import { OWNER, open, waitedFor, webhookSuite, wish } from './world.ts';

const test = webhookSuite('retries of webhooks');

test('a refused message is retried after a growing pause, same id, before later ones', async ({
  w,
  endpoint,
  webhooks,
}) => {
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  endpoint.answer = (response, n) => response.writeHead(n < 3 ? 500 : 200).end();
  await w.server();
  for (const live of [false, true]) await w.change('c1', { live });
  const first = await endpoint.next();
  for (const pause of [1_500, 3_000, 6_000]) {
    await until(
      'the failure to be kept',
      async () => (await webhooks.one(id, OWNER)).nextAttemptAt === w.clock.now() + pause,
    );
    const { waiting } = w.timers;
    w.timers.advance(pause - 1);
    assert.is(w.timers.waiting, waiting, 'nothing fires before the pause is over');
    const before = endpoint.deliveries.length;
    w.timers.advance(1);
    const again = await endpoint.next();
    assert.is(endpoint.deliveries.length, before + 1);
    assert.is(again.headers['webhook-id'], first.headers['webhook-id']);
    assert.is(again.text, first.text);
  }
  const seqs = [(await endpoint.next()).json.data.seq, (await endpoint.next()).json.data.seq];
  assert.equal(seqs, [2, 3]);
  await until('peace', async () => {
    w.timers.advance(1_000);
    const { attempts, lastError, seq } = await webhooks.one(id, OWNER);
    return attempts === 0 && lastError === null && seq === 3;
  });
});

test('Retry-After counts as seconds or as a date, and never beyond an hour', async ({
  w,
  endpoint,
  webhooks,
}) => {
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  const answers = [
    [{ 'retry-after': '60' }, 60_000],
    [{ 'retry-after': 'Wed, 21 Oct 2015 07:30:00 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' }, 120_000],
    [{ 'retry-after': '99999999999999' }, 3_600_000],
    [{ 'retry-after': 'Fri, 31 Dec 2999 23:59:59 GMT' }, 3_600_000],
  ] as const;
  endpoint.answer = (response, n) =>
    response.writeHead(n < answers.length ? 503 : 204, answers[n]?.[0]).end();
  await w.server();
  for (const [n, [, pause]] of answers.entries()) {
    await endpoint.next();
    await until('the failure to be kept', async () => (await webhooks.one(id, OWNER)).attempts === n + 1);
    const { nextAttemptAt } = await webhooks.one(id, OWNER);
    assert.is(nextAttemptAt, w.clock.now() + pause);
    w.timers.advance(pause);
  }
  await endpoint.next();
});

test('an unreadable Retry-After is ignored, and one in the past is over', () => {
  for (const [text, expected] of [
    [undefined, undefined],
    ['', undefined],
    ['-5', undefined],
    ['1e9', undefined],
    ['soon', undefined],
    ['2999', 2_999_000],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
  ] as const) {
    assert.is(pauseOf({ 'retry-after': text }, Date.now()), expected, text);
  }
});

test('a webhook with a changed URL is tried at once, whatever pause the old one had', async ({
  w,
  endpoint,
  webhooks,
}) => {
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  endpoint.answer = (response) => response.writeHead(503, { 'retry-after': '3600' }).end();
  await w.server();
  await endpoint.next();
  await until('the failure to be kept', async () => (await webhooks.one(id, OWNER)).attempts === 1);
  const other = await Endpoint.open();
  try {
    const changed = await webhooks.change(id, { url: other.url }, OWNER);
    assert.equal([changed.attempts, changed.nextAttemptAt, changed.lastError], [0, null, null]);
    await other.next();
  } finally {
    await other.close();
  }
});

test('a URL that was changed at another node is tried at once as well', async ({ w, endpoint, webhooks }) => {
  await webhooks.close();
  const { store } = w;
  let tell: (committed: Committed) => void = () => undefined;
  const here = open(w, {
    store: {
      epoch: store.epoch,
      bounds: (stream) => store.bounds(stream),
      log: (...place) => store.log(...place),
      onCommit: (listener) => {
        tell = listener;
        return store.onCommit(listener);
      },
    },
  });
  const other = await Endpoint.open();
  try {
    await here.start();
    const { id } = await here.add(wish(endpoint), OWNER);
    endpoint.answer = (response) => response.writeHead(503, { 'retry-after': '3600' }).end();
    await w.server();
    await endpoint.next();
    await until('the failure to be kept', async () => (await here.one(id, OWNER)).attempts === 1);
    const asNew = { attempts: 0, failingSince: null, nextAttemptAt: null, lastError: null };
    await w.test.webhooks.change(id, { ...asNew, url: other.url });
    tell({ rows: [], services: [], removedServices: [], touched: [{ projectId: 'p1', webhooks: true }] });
    assert.is((await other.next()).json.data.seq, 1);
  } finally {
    await here.close();
    await other.close();
  }
});

test('a wall clock set back by years delays no attempt, nor does one set ahead park', async ({
  w,
  endpoint,
  webhooks,
}) => {
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  endpoint.answer = (response, n) => response.writeHead(n < 2 ? 500 : 200).end();
  await w.server();
  for (const [attempts, step] of [9e11, -9e11].entries()) {
    await endpoint.next();
    await until(
      'the failure to be kept',
      async () => (await webhooks.one(id, OWNER)).attempts === attempts + 1,
    );
    w.clock.stepWall(step);
    w.timers.advance(1_500 * 2 ** attempts);
  }
  assert.is((await endpoint.next()).json.data.seq, 1);
  const place = async () => {
    w.timers.advance(1_000);
    return webhooks.one(id, OWNER);
  };
  await until('it to be kept', async () => (await place()).seq === 1);
  assert.is((await webhooks.one(id, OWNER)).state, 'active');
});

test('a wall clock set back while the server was stopped postpones no attempt', async ({
  w,
  endpoint,
  webhooks,
}) => {
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  endpoint.answer = (response, n) => response.writeHead(n === 0 ? 500 : 200).end();
  await w.server();
  await endpoint.next();
  await until('the failure to be kept', async () => (await webhooks.one(id, OWNER)).attempts === 1);
  await webhooks.close();
  w.clock.stepWall(-9e11);
  const after = open(w);
  await after.start();
  try {
    w.timers.advance(2_000);
    assert.is((await endpoint.next()).json.data.seq, 1);
  } finally {
    await after.close();
  }
});

test('after 24 hours of failure it is parked with the reason, and resumes where it was', async ({
  w,
  endpoint,
  webhooks,
}) => {
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  endpoint.answer = (response) => response.writeHead(503).end();
  await w.server();
  let attempts = 0;
  for (;;) {
    await endpoint.next();
    attempts += 1;
    await until('the attempt to be kept', async () => {
      const now = await webhooks.one(id, OWNER);
      return now.state === 'parked' || now.attempts === attempts;
    });
    const { state, nextAttemptAt } = await webhooks.one(id, OWNER);
    if (state === 'parked') break;
    w.timers.advance((nextAttemptAt ?? 0) - w.clock.now());
  }
  assert.ok(attempts > 20 && attempts < 60, `${attempts} attempts`);
  const parked = await webhooks.one(id, OWNER);
  assert.match(parked.reason ?? '', /24 hours.*503/);
  endpoint.answer = (response) => response.writeHead(200).end();
  const resumed = await webhooks.change(id, { state: 'active' }, OWNER);
  assert.equal([resumed.state, resumed.reason], ['active', null]);
  assert.is((await endpoint.next()).json.data.seq, 1);
});

test('a 410 parks the webhook at once; a redirect counts as an answer', async ({ w, endpoint, webhooks }) => {
  const elsewhere = await Endpoint.open();
  try {
    const gone = await webhooks.add(wish(endpoint), OWNER);
    endpoint.answer = (response) => response.writeHead(410).end();
    await w.server();
    await until('it to be parked', async () => (await webhooks.one(gone.id, OWNER)).state === 'parked');
    const moved = await webhooks.add(wish(endpoint), OWNER);
    endpoint.answer = (response) => response.writeHead(307, { Location: elsewhere.url }).end();
    await w.change('c1', { live: false });
    await until('it to fail', async () => (await webhooks.one(moved.id, OWNER)).attempts > 0);
    assert.match((await webhooks.one(moved.id, OWNER)).lastError ?? '', /307.*not followed/);
    assert.equal(elsewhere.deliveries, []);
  } finally {
    await elsewhere.close();
  }
});

test('it resumes where it was after a restart, even if the last place was not kept', async ({
  w,
  endpoint,
  webhooks,
}) => {
  await webhooks.add(wish(endpoint), OWNER);
  await w.server();
  await endpoint.next();
  await webhooks.close();
  for (const live of [false, true, false]) await w.change('c1', { live });
  const after = open(w);
  await after.start();
  try {
    for (const seq of [2, 3, 4]) assert.is((await endpoint.next()).json.data.seq, seq);
  } finally {
    await after.close();
  }
  assert.is(endpoint.deliveries.length, 4);
});

test('an endpoint that never answers delays no other', async ({ w, endpoint, webhooks }) => {
  const silent = await Endpoint.open();
  silent.answer = () => undefined;
  try {
    await webhooks.close();
    const impatient = open(w, { timeout: 300 });
    await impatient.start();
    const { id } = await impatient.add(wish(silent), OWNER);
    await impatient.add(wish(endpoint), OWNER);
    await w.server();
    await silent.next();
    await endpoint.next();
    await w.change('c1', { live: false });
    assert.is((await endpoint.next()).json.data.seq, 2);
    await until('it to fail', async () => (await impatient.one(id, OWNER)).attempts === 1);
    assert.match((await impatient.one(id, OWNER)).lastError ?? '', /no answer within 0.3 s/);
    await impatient.close();
  } finally {
    await silent.close();
  }
});

test('a silent endpoint delays neither a change of its webhook nor the server’s end', async ({
  w,
  endpoint,
  webhooks,
}) => {
  endpoint.answer = () => undefined;
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  await w.server();
  await endpoint.next();
  // A caller that waited for it would see that it failed.
  const changing = webhooks.change(id, { name: 'renamed' }, OWNER);
  await waitedFor(w);
  const changed = await within('the change', changing);
  assert.is(changed.attempts, 0);
  await endpoint.next();
  const closing = webhooks.close();
  await waitedFor(w);
  await within('the end', closing);
  assert.is((await webhooks.one(id, OWNER)).attempts, 0);
});

test('rows trimmed while it was parked are announced as a reset', async ({ w, endpoint, webhooks }) => {
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  await webhooks.change(id, { state: 'paused' }, OWNER);
  await w.server();
  await w.change('c1', { live: false });
  await w.store.trim(w.clock.now() + 1, 0, 100);
  await w.change('c1', { live: true });
  await webhooks.change(id, { state: 'active' }, OWNER);
  const reset = await endpoint.next();
  assert.equal([reset.json.type, reset.json.data.reason], ['io.hostbeat.reset', 'expired']);
  assert.equal(faultsOf(reset.json), []);
  assert.is((await endpoint.next()).json.data.seq, 3);
});

test('a success ends a period of failure: the next one begins with its first failure', async ({
  w,
  endpoint,
  webhooks,
}) => {
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  endpoint.answer = (response, n) => response.writeHead(n === 1 ? 200 : 500).end();
  const failed = () =>
    until('the failure to be kept', async () => (await webhooks.one(id, OWNER)).attempts === 1);
  await w.server();
  await endpoint.next();
  await failed();
  w.timers.advance(2_000);
  await endpoint.next();
  await until('the success to be kept', async () => {
    w.timers.advance(1_000);
    const { attempts, failingSince } = await webhooks.one(id, OWNER);
    return attempts === 0 && failingSince === null;
  });
  w.clock.advance(25 * 3_600_000);
  await w.change('c1', { live: false });
  await endpoint.next();
  await failed();
  assert.is((await webhooks.one(id, OWNER)).failingSince, w.clock.now());
});

test('rows trimmed between two reads of a delivery are announced as a reset', async ({
  w,
  endpoint,
  webhooks,
}) => {
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  await webhooks.change(id, { state: 'paused' }, OWNER);
  await webhooks.close();
  await w.server();
  for (const live of [false, true, false]) await w.change('c1', { live });
  const store = new Proxy(w.store, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== 'function') return value;
      if (name !== 'log') return value.bind(target);
      return async (...given: unknown[]) => {
        // One row is left of each of the two streams.
        while ((await target.trim(Number.NEGATIVE_INFINITY, 2, 1)) > 0);
        return (value as (...given: unknown[]) => unknown).apply(target, given);
      };
    },
  });
  const after = open(w, { store });
  await after.start();
  try {
    await after.change(id, { state: 'active' }, OWNER);
    const reset = await endpoint.next();
    assert.equal([reset.json.type, reset.json.data.seq], ['io.hostbeat.reset', 3]);
    assert.is((await endpoint.next()).json.data.seq, 4);
  } finally {
    await after.close();
  }
});

test('an Aodh alarm has no form for a reset, and is sent none', async ({ w, endpoint, webhooks }) => {
  const { id } = await webhooks.add(wish(endpoint, { format: 'aodh' }), OWNER);
  await webhooks.change(id, { state: 'paused' }, OWNER);
  await w.server();
  await w.change('c1', { live: false });
  await w.store.trim(w.clock.now() + 1, 0, 100);
  await w.change('c1', { forcedDown: true });
  await webhooks.change(id, { state: 'active' }, OWNER);
  assert.is((await endpoint.next()).json.current, 'alarm');
  assert.is(endpoint.deliveries.length, 1);
});

test.run();
