import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RequestError, verifyWebhook, Webhooks } from '../../client-sdk/src/webhooks.ts';
import { Endpoint } from '../webhooks/endpoint.ts';
import { Site } from './support/site.ts';

const test = suite('webhooks by the client');

test('an owner creates, verifies, keeps and removes a webhook at the real service', async () => {
  await using site = await Site.open({ HOSTBEAT_WEBHOOK_NETWORKS: '127.0.0.0/8' });
  const endpoint = await Endpoint.open();
  try {
    const webhooks = new Webhooks({ url: site.url, token: await site.token() });
    const wish = { url: endpoint.url, name: 'pager', servers: [site.server], hostStatus: ['DOWN'] } as const;
    const { secret, ...made } = await webhooks.create(wish);
    assert.equal([made.name, made.servers, made.host_status], ['pager', [site.server], ['DOWN']]);
    assert.equal([made.format, made.state, made.reason], ['cloudevents', 'active', null]);
    assert.equal(await webhooks.list(), [made]);
    assert.equal(await webhooks.get(made.id), made);
    assert.is(await webhooks.get('../changes'), undefined, 'an id is no path');

    assert.equal(await webhooks.test(made.id), { delivered: true, error: null });
    const tried = await endpoint.next();
    assert.is((await verifyWebhook(tried.headers, tried.text, secret)).type, 'io.hostbeat.test');

    await site.switch({ forced_down: true });
    const sent = await endpoint.next();
    const message = await verifyWebhook(sent.headers, sent.text, secret);
    assert.ok(message.type === 'io.hostbeat.changes');
    assert.is(message.subject, site.server);
    assert.equal(
      message.data.items.map(({ name, to }) => `${name} ${to}`),
      ['web DOWN'],
    );

    const { secret: next } = await webhooks.rotateSecret(made.id);
    endpoint.answer = (response) => response.writeHead(500).end();
    const { delivered, error } = await webhooks.test(made.id);
    assert.not.ok(delivered);
    assert.match(error ?? '', '500');
    const refused = await endpoint.next();
    await verifyWebhook(refused.headers, refused.text, [secret, next]);

    const paused = await webhooks.update(made.id, { state: 'paused', hostStatus: null });
    assert.equal([paused.state, paused.host_status, paused.servers], ['paused', null, [site.server]]);
    await webhooks.delete(made.id);
    assert.equal(await webhooks.list(), []);
    await webhooks.delete(made.id).then(
      () => assert.unreachable(),
      (gone) => assert.is((gone as RequestError).status, 404),
    );
    await webhooks.create({ url: 'http://169.254.169.254/' }).then(
      () => assert.unreachable(),
      (bad) => {
        assert.instance(bad, RequestError);
        assert.match((bad as Error).message, 'url');
      },
    );
  } finally {
    await endpoint.close();
  }
});

test.run();
