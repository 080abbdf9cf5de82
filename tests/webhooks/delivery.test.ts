import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change } from '../../client-sdk/protocol/items.ts';
import type { DomainError } from '../../server/domain/errors.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { pauseOf } from '../../server/webhooks/post.ts';
import { Targets } from '../../server/webhooks/targets.ts';
import { Webhooks, type WebhooksOptions, type WebhookWish } from '../../server/webhooks/webhooks.ts';
import { anIdentity } from '../support/identity.ts';
import { StreamWorld } from '../support/stream-world.ts';
import { until, within } from '../support/within.ts';
import { Endpoint, faultsOf, isSigned } from './endpoint.ts';

interface World {
  w: StreamWorld;
  endpoint: Endpoint;
  webhooks: Webhooks;
}

const test = suite<World>('webhook deliveries', {} as never);
const OWNER = anIdentity();
const OTHER = anIdentity({ userId: 'u2', projectId: 'p2' });

function open(w: StreamWorld, more: Partial<WebhooksOptions> = {}): Webhooks {
  return new Webhooks({
    webhooks: w.test.webhooks,
    store: w.store,
    policy: w.policy,
    clock: w.clock,
    setTimer: w.timers.setTimer,
    random: () => 0.5,
    logger: noLogger,
    targets: new Targets(['127.0.0.0/8'], async () => []),
    maxPerProject: 3,
    ...more,
  });
}

test.before.each(async (context) => {
  context.w = await StreamWorld.open();
  context.endpoint = await Endpoint.open();
  context.webhooks = open(context.w);
  await context.webhooks.start();
  await context.w.service();
});
test.after.each(async ({ w, endpoint, webhooks }) => {
  await webhooks.close();
  await endpoint.close();
  await w.close();
});

function wish(endpoint: Endpoint, fields: Partial<WebhookWish> = {}): WebhookWish {
  return {
    url: endpoint.url,
    name: 'hook',
    format: 'cloudevents',
    servers: null,
    hostStatus: null,
    ...fields,
  };
}

/** What is under way is given up only after a while. */
async function waitedFor(w: StreamWorld): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  w.timers.advance(500);
}

test('a replaced secret signs beside its successor for the chosen time, and no longer', async ({
  w,
  endpoint,
  webhooks,
}) => {
  const { id, secret } = await webhooks.add(wish(endpoint), OWNER);
  const next = await webhooks.rotate(id, OWNER, 60_000);
  await w.server();
  const both = await endpoint.next();
  assert.ok(isSigned(both, next.secret) && isSigned(both, secret));
  w.clock.advance(60_000);
  await w.change('c1', { forcedDown: true });
  const one = await endpoint.next();
  assert.ok(isSigned(one, next.secret) && !isSigned(one, secret));
  const last = await webhooks.rotate(id, OWNER);
  await w.change('c1', { forcedDown: false });
  const atOnce = await endpoint.next();
  assert.ok(isSigned(atOnce, last.secret) && !isSigned(atOnce, next.secret));
});

test('an alarm for DOWN fires when a host in maintenance is declared down', async ({
  w,
  endpoint,
  webhooks,
}) => {
  await w.server();
  await w.change('c1', { disabled: true });
  await webhooks.add({ ...wish(endpoint), format: 'aodh' }, OWNER);
  await webhooks.add({ ...wish(endpoint), hostStatus: ['DOWN'] }, OWNER);
  await w.change('c1', { forcedDown: true });
  const both = [await endpoint.next(), await endpoint.next()].map(({ json }) => json.current ?? json.type);
  assert.equal(both.sort(), ['alarm', 'io.hostbeat.changes']);
  // How far the fence is makes a change for owners, and no second alarm.
  await w.change('c1', { fence: 'confirmed' });
  assert.is((await endpoint.next()).json.data.items[0].fence, 'confirmed');
  // And once more when it is shown: a webhook that was made in between would have missed it.
  await w.change('c1', { disabled: false });
  const shown = [await endpoint.next(), await endpoint.next()].map(({ json }) => json.current ?? json.type);
  assert.equal(shown.sort(), ['alarm', 'io.hostbeat.changes']);
});

test('a commit is one signed CloudEvent with all its servers, and no foreign ones', async ({
  w,
  endpoint,
  webhooks,
}) => {
  const { secret } = await webhooks.add(wish(endpoint), OWNER);
  await w.server({ projectId: 'p2' });
  const servers = [await w.server(), await w.server()];
  await endpoint.next();
  await endpoint.next();
  await w.change('c1', { forcedDown: true });
  const delivery = await endpoint.next();
  assert.is(delivery.headers['content-type'], 'application/cloudevents+json; charset=utf-8');
  assert.ok(isSigned(delivery, secret));
  const { source, type, datacontenttype, data } = delivery.json;
  assert.equal(
    [source, type, datacontenttype],
    ['urn:hostbeat:project:p1', 'io.hostbeat.changes', 'application/json'],
  );
  assert.equal(faultsOf(delivery.json), []);
  assert.equal(
    data.items.map(({ server_id, to }: Change) => [server_id, to]).sort(),
    servers.map((server) => [server.id, 'DOWN']).sort(),
  );
  assert.is(endpoint.deliveries.length, 3);
});

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
    w.timers.advance(pause - 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
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

test('a pause that is no pause is passed over, and one in the past is over', () => {
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

test('an endpoint that is gone parks it at once; a redirect is an answer', async ({
  w,
  endpoint,
  webhooks,
}) => {
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

test('an endpoint that never answers delays nobody else', async ({ w, endpoint, webhooks }) => {
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

test('tests beyond a few are refused, and one of an absent client is never sent', async ({ w, endpoint }) => {
  const ends: (() => void)[] = [];
  const webhooks = open(w, {
    post: () => new Promise((resolve) => ends.push(() => resolve({ delivered: true }))),
  });
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  const { id: others } = await webhooks.add(wish(endpoint), OTHER);
  const gone = new AbortController();
  const asked = Array.from({ length: 6 }, (_, n) =>
    webhooks.test(id, OWNER, n === 5 ? gone.signal : undefined),
  );
  const outcomes = asked.map((test) => test.catch((error: Error) => error.message));
  await until('two to be under way', () => ends.length === 2);
  const refused = await webhooks.test(id, OWNER).catch((error: DomainError) => error);
  assert.is((refused as DomainError).code, 'too_many');
  assert.ok((refused as DomainError).retryAfterMs);
  void webhooks.test(others, OTHER);
  await until('the other project’s to be under way', () => ends.length === 3);
  gone.abort();
  assert.is(await outcomes[5], 'The client is gone');
  for (let n = 0; n < 6; n++) {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal((await Promise.all(outcomes.slice(0, 5))).length, 5);
  assert.is(ends.length, 0, 'the sixth was never begun');
  await webhooks.close();
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

test('filters and the policy narrow it as they narrow a socket', async ({ w, endpoint, webhooks }) => {
  const mine = await w.server();
  await w.server();
  await webhooks.add(wish(endpoint, { servers: [mine.id], hostStatus: ['DOWN'] }), OWNER);
  await w.change('c1', { live: false });
  await w.change('c1', { forcedDown: true });
  const { json } = await endpoint.next();
  assert.equal([json.subject, json.data.seq, json.data.items.length], [mine.id, 4, 1]);
  w.policy.set('unknown-only');
  await w.change('c1', { forcedDown: false });
  await webhooks.add(wish(endpoint), OWNER);
  await w.change('c1', { live: true });
  const narrow = await endpoint.next();
  assert.not(narrow.text.includes('"UP"') || narrow.text.includes('facts'));
});

test('it ends with the rights of its maker', async ({ w, endpoint, webhooks }) => {
  await webhooks.close();
  let roles: readonly string[] | undefined = ['member'];
  let parked = 0;
  const watched = open(w, { rolesNow: async () => roles, onParked: () => parked++ });
  await watched.start();
  const { id } = await watched.add(wish(endpoint), OWNER);
  await w.server();
  await endpoint.next();
  roles = undefined;
  await w.change('c1', { live: false });
  await until('it to be parked', async () => (await watched.one(id, OWNER)).state === 'parked');
  assert.match((await watched.one(id, OWNER)).reason ?? '', /its maker/);
  assert.is(parked, 1);
  assert.is(endpoint.deliveries.length, 1);
  await watched.close();
});

test('it ends with them also during a commit, and before waiting deliveries', async ({
  w,
  endpoint,
  webhooks,
}) => {
  await webhooks.close();
  let roles: readonly string[] | undefined = ['member'];
  const watched = open(w, { rolesNow: async () => roles });
  await watched.start();
  for (let n = 0; n < 3; n++) await w.server();
  const { id } = await watched.add(wish(endpoint, { format: 'aodh' }), OWNER);
  endpoint.answer = (response) => {
    roles = undefined;
    response.writeHead(204).end();
  };
  await w.change('c1', { forcedDown: true });
  await until('it to be parked', async () => (await watched.one(id, OWNER)).state === 'parked');
  assert.is(endpoint.deliveries.length, 1);
  await watched.close();
});

test('changes that come at once leave nothing behind that goes on delivering', async ({
  w,
  endpoint,
  webhooks,
}) => {
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  await Promise.all(['a', 'b', 'c'].map((name) => webhooks.change(id, { name }, OWNER)));
  await w.server();
  await endpoint.next();
  const gone = webhooks.change(id, { name: 'd' }, OWNER).then(() => webhooks.remove(id, OWNER));
  const late = webhooks.change(id, { name: 'e' }, OWNER).catch(() => undefined);
  await Promise.all([gone, late]);
  assert.equal(webhooks.counts(), { served: 0, underWay: 0 });
  await w.change('c1', { live: false });
  await webhooks.add(wish(endpoint), OWNER);
  await w.change('c1', { live: true });
  assert.is((await endpoint.next()).json.data.seq, 3);
  assert.is(endpoint.deliveries.length, 2);
});

test('many that are made at once are as many as there may be', async ({ endpoint, webhooks }) => {
  const made = await Promise.allSettled(Array.from({ length: 9 }, () => webhooks.add(wish(endpoint), OWNER)));
  assert.is(made.filter(({ status }) => status === 'fulfilled').length, 3);
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

test('an Aodh alarm is posted for each server that goes down, and for nothing else', async ({
  w,
  endpoint,
  webhooks,
}) => {
  const made = await webhooks.add(wish(endpoint, { format: 'aodh', name: 'doctor' }), OWNER);
  const servers = [await w.server(), await w.server()];
  await w.change('c1', { live: false });
  await w.change('c1', { forcedDown: true });
  await w.change('c1', { forcedDown: false, live: true });
  await w.change('c1', { forcedDown: true });
  const alarms = [];
  for (let n = 0; n < 4; n++) alarms.push(await endpoint.next());
  for (const { json, headers } of alarms) {
    assert.equal(
      [json.alarm_id, json.alarm_name, json.current, json.severity],
      [made.id, 'doctor', 'alarm', 'moderate'],
    );
    assert.is(json.reason_data.type, 'event');
    assert.is(json.reason_data.event.event_type, 'compute.instance.update');
    const traits = new Map(
      json.reason_data.event.traits.map(([name, , value]: [string, number, string]) => [name, value]),
    );
    assert.is(traits.get('state'), 'error');
    assert.ok(servers.some(({ id }) => id === traits.get('instance_id')));
    assert.match(String(headers['x-openstack-request-id']), /^req-/);
  }
  assert.equal(
    alarms.map(({ json }) => json.previous),
    ['insufficient data', 'insufficient data', 'ok', 'ok'],
  );
  assert.is(new Set(alarms.map(({ headers }) => headers['webhook-id'])).size, 4);
});

test('another project’s webhook does not exist, and a project has a limit of them', async ({
  endpoint,
  webhooks,
}) => {
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  const reported = async (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: Error) => error.message.replace(id, 'ID'),
    );
  for (const act of [
    (which: string) => webhooks.one(which, OTHER),
    (which: string) => webhooks.change(which, { state: 'paused' }, OTHER),
    (which: string) => webhooks.rotate(which, OTHER),
    (which: string) => webhooks.remove(which, OTHER),
    (which: string) => webhooks.test(which, OTHER),
  ]) {
    assert.is(await reported(act(id)), (await reported(act('never'))).replace('never', 'ID'));
  }
  assert.equal(await webhooks.list(OTHER), []);
  await webhooks.add(wish(endpoint), OWNER);
  await webhooks.add(wish(endpoint), OWNER);
  assert.match(await reported(webhooks.add(wish(endpoint), OWNER)), /3 webhooks/);
  await webhooks.remove(id, OWNER);
  assert.is((await webhooks.list(OWNER)).length, 2);
});

test.run();
