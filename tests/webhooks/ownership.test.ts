import * as assert from 'uvu/assert';
import type { DomainError } from '../../server/domain/errors.ts';
import { until } from '../support/within.ts';
import { isSigned } from './endpoint.ts';
import { OTHER, OWNER, open, webhookSuite, wish } from './world.ts';

const test = webhookSuite('who has which webhooks');

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

test('simultaneous changes leave no second courier delivering', async ({ w, endpoint, webhooks }) => {
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

test('the user who changes a webhook is its maker from then on', async ({ endpoint, webhooks }) => {
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  const colleague = { ...OWNER, userId: 'u9', roles: ['reader'], credentialId: 'c9' };
  const changed = await webhooks.change(id, { name: 'other' }, colleague);
  assert.equal([changed.userId, changed.roles, changed.credentialId], ['u9', ['reader'], 'c9']);
  const rotated = await webhooks.rotate(id, OWNER);
  assert.equal([rotated.userId, rotated.credentialId], [OWNER.userId, null]);
});

test('webhooks that are closed follow no commits any more', async ({ w }) => {
  let following = 0;
  const onCommit = () => {
    following += 1;
    return () => {
      following -= 1;
    };
  };
  const { epoch } = w.store;
  const watched = open(w, { store: { ...w.store, epoch, onCommit } as never });
  await watched.start();
  assert.is(following, 1);
  await watched.close();
  assert.is(following, 0);
});

test('a place is the number that its reader may know', async ({ w, webhooks }) => {
  const place = { seq: 9, unknownSeq: 4 };
  assert.is(webhooks.placeFor(place, OWNER), 9);
  const narrow = open(w, {
    policy: { ...w.policy, allows: () => true, hostStatusVisibility: () => 'unknown-only' } as never,
  });
  assert.is(narrow.placeFor(place, OWNER), 4);
});

test.run();
