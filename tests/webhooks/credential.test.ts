import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import SqliteClient from 'better-sqlite3';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SealedTexts } from '../../db/sealed-text.ts';
import { storedRoles } from '../../server/webhooks/current-roles.ts';
import { onProject, openWorld } from '../identity/world.ts';
import { aWebhook } from '../support/builders.ts';
import { openTestStore } from '../support/store.ts';

const test = suite('a webhook and what it was made with');

test('a webhook ends with the application credential that made it', async () => {
  const world = await openWorld();
  const { alice, demo } = world.ids;
  const { token } = await world.logIn('alice', 'alicepw', onProject('demo'));
  const path = `/users/${alice}/application_credentials`;
  const make = async (more: object) =>
    (await world.ask('POST', path, token, { application_credential: { name: 'bot', ...more } })).body
      .application_credential;
  const { id, secret } = await make({ expires_at: '2100-01-01T00:00:00' });
  const roles = storedRoles(world.store.accounts, () => world.clock.now());
  const of = (credentialId: string | null) =>
    roles(aWebhook({ userId: alice, projectId: demo, roles: ['member', 'reader'], credentialId }));
  assert.equal(await of(id), ['member', 'reader']);

  const login = await world.ask('POST', '/auth/tokens', undefined, {
    auth: {
      identity: { methods: ['application_credential'], application_credential: { id, secret } },
    },
  });
  assert.is((await world.identity.authenticator.authenticate({ token: login.token }))?.credentialId, id);

  await world.ask('DELETE', `${path}/${id}`, token);
  assert.is(await of(id), undefined);
  assert.equal(await of(null), ['member', 'reader'], 'one that was made by a login stays');
  await world.close();
});

test('a role that its maker lost counts no longer for a webhook', async () => {
  const world = await openWorld();
  const { alice, demo } = world.ids;
  const roles = storedRoles(world.store.accounts, () => world.clock.now());
  const of = (...names: string[]) => roles(aWebhook({ userId: alice, projectId: demo, roles: names }));
  assert.equal(await of('member', 'admin'), ['member'], 'an administrator who is one no longer');
  assert.is(await of('admin'), undefined);
  await world.close();
});

test("no secret of a webhook is in the database's files in plain text", async () => {
  const opened = await openTestStore({ file: true });
  const webhook = aWebhook({ name: 'findable', secret: 'whsec_c2VjcmV0IG9mIGEgd2ViaG9vaw==' });
  await opened.webhooks.add(webhook);
  await opened.webhooks.change(webhook.id, { secret: 'whsec_YW5vdGhlciBzZWNyZXQ=' });
  const folder = dirname(opened.url.replace('sqlite:', ''));
  const holds = (text: string) =>
    readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(text));
  assert.ok(holds('findable'), 'the files are the right ones');
  for (const text of ['whsec_', 'c2VjcmV0IG9m', 'YW5vdGhlciBz']) assert.not(holds(text), text);
  assert.is((await opened.webhooks.webhook(webhook.id))?.secret, 'whsec_YW5vdGhlciBzZWNyZXQ=');
  await opened.close();
});

test('plain secrets of an earlier version are sealed when the database is opened', async () => {
  const opened = await openTestStore({ file: true });
  const webhook = aWebhook();
  await opened.webhooks.add(webhook);
  const file = opened.url.replace('sqlite:', '');
  const raw = new SqliteClient(file);
  raw.exec(`UPDATE webhooks SET secret = 'whsec_b2xkIHNlY3JldA=='`);
  await opened.reopen?.();
  const { secret } = raw.prepare('SELECT secret FROM webhooks').get() as { secret: string };
  raw.close();
  assert.match(secret, /^sealed1\./);
  assert.is((await opened.webhooks.webhook(webhook.id))?.secret, 'whsec_b2xkIHNlY3JldA==');
  await opened.close();
});

test('a sealed text that was changed, moved or sealed by another key is not read', () => {
  const texts = new SealedTexts(Buffer.alloc(32, 1), 'tests');
  const sealed = texts.seal('secret', 'here');
  assert.is(texts.open(sealed, 'here'), 'secret');
  assert.is.not(texts.seal('secret', 'here'), sealed);
  assert.throws(() => texts.open(sealed, 'there'));
  assert.throws(() => texts.open(`${sealed.slice(0, -2)}AA`, 'here'));
  assert.throws(() => new SealedTexts(Buffer.alloc(32, 2), 'tests').open(sealed, 'here'));
  assert.throws(() => new SealedTexts(Buffer.alloc(32, 1), 'others').open(sealed, 'here'));
});

interface Known {
  readonly user?: boolean | undefined;
  readonly project?: boolean | undefined;
}

/** What is known of the maker and of the project: enabled, disabled, or undefined: it is gone. */
function rolesWith({ user = true, project = true }: Known, gone: keyof Known | undefined = undefined) {
  const accounts = {
    user: async () => (gone === 'user' ? undefined : { id: 'u1', enabled: user }),
    project: async () => (gone === 'project' ? undefined : { id: 'p1', enabled: project }),
    assignments: async () => [{ userId: 'u1', roleId: 'r1', scope: { on: 'project', id: 'p1' } }],
    roles: async () => [{ id: 'r1', name: 'member' }],
    applicationCredential: async () => undefined,
  };
  return storedRoles(accounts as never, () => 0)(aWebhook());
}

test('a webhook delivers while its maker and its project exist and are enabled', async () => {
  assert.equal(await rolesWith({}), ['member']);
  assert.is(await rolesWith({ user: false }), undefined);
  assert.is(await rolesWith({ project: false }), undefined);
  assert.is(await rolesWith({}, 'user'), undefined);
  assert.is(await rolesWith({}, 'project'), undefined);
});

test.run();
