import * as assert from 'uvu/assert';
import type { Change } from '../../client-sdk/protocol/items.ts';
import type { WebhookStore } from '../../server/ports/webhook-store.ts';
import { within } from '../support/within.ts';
import { faultsOf, isSigned } from './endpoint.ts';
import { OWNER, open, webhookSuite, wish } from './world.ts';

const test = webhookSuite('webhook deliveries');

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

/** The store, which refuses every change and removal while `fails`. */
function failing(webhooks: WebhookStore) {
  const refuse = async () => {
    throw new Error('the disk is full');
  };
  const store: WebhookStore & { fails: boolean } = {
    ...webhooks,
    fails: false,
    change: (id, fields) => (store.fails ? refuse() : webhooks.change(id, fields)),
    remove: (id) => (store.fails ? refuse() : webhooks.remove(id)),
  };
  return store;
}

test('a webhook whose change or removal is not stored is served as it was', async ({ w, endpoint }) => {
  const store = failing(w.test.webhooks);
  const webhooks = open(w, { webhooks: store });
  await webhooks.start();
  const { id } = await webhooks.add(wish(endpoint), OWNER);
  await w.server();
  for (const [nth, refused] of [
    () => webhooks.change(id, { name: 'x' }, OWNER),
    () => webhooks.remove(id, OWNER),
  ].entries()) {
    store.fails = true;
    const outcome = await refused().then(
      () => 'done',
      (error) => error.message,
    );
    store.fails = false;
    assert.is(outcome, 'the disk is full');
    await w.change('c1', { live: nth === 1 });
    await within('a delivery', endpoint.next());
  }
  await webhooks.close();
});

test('couriers end although their places cannot be stored', async ({ w, endpoint }) => {
  const store = failing(w.test.webhooks);
  const webhooks = open(w, { webhooks: store });
  await webhooks.start();
  await webhooks.add(wish(endpoint), OWNER);
  store.fails = true;
  await within('the end', webhooks.close());
  store.fails = false;
});

test.run();
