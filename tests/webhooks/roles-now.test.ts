/** By what rights a webhook goes on, where its maker is known to a Keystone. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KeystoneVerifier } from '../../server/identity/remote/keystone-verifier.ts';
import type { Webhook } from '../../server/ports/webhook-store.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { keystoneRoles } from '../../server/webhooks/current-roles.ts';
import type { CurrentRoles } from '../../server/webhooks/delivery/courier-context.ts';
import { type FakeKeystone, startFakeKeystone } from '../identity/remote/fake-keystone.ts';
import { keystoneSettingsOf } from '../identity/remote/settings.ts';
import { FakeClock } from '../support/clock.ts';

const test = suite<{ clock: FakeClock; keystone: FakeKeystone; storedRoles: CurrentRoles }>(
  'makers known to a Keystone',
  {} as never,
);

const KEPT = 300_000;
const webhook = { userId: 'u-alice', projectId: 'p-demo', roles: ['member', 'reader'] } as unknown as Webhook;
const ASSIGNMENTS =
  '/v3/role_assignments?user.id=u-alice&scope.project.id=p-demo&effective=true&include_names=true';

function assigned(...names: string[]) {
  const scope = { project: { id: 'p-demo', name: 'demo', domain: { id: 'default', name: 'Default' } } };
  return { role_assignments: names.map((name) => ({ role: { id: `r-${name}`, name }, scope })) };
}

test.before.each(async (context) => {
  const clock = new FakeClock();
  const keystone = await startFakeKeystone(clock);
  keystone.things.set('/v3/users/u-alice', { user: { id: 'u-alice', enabled: true } });
  keystone.things.set('/v3/projects/p-demo', { project: { id: 'p-demo', enabled: true } });
  keystone.things.set(ASSIGNMENTS, assigned('member', 'admin'));
  const verifier = new KeystoneVerifier({
    settings: keystoneSettingsOf(keystone.url),
    clock,
    logger: noLogger,
  });
  const rolesOf = verifier.rolesOf.bind(verifier);
  Object.assign(context, { clock, keystone, storedRoles: keystoneRoles({ rolesOf, clock, keptFor: KEPT }) });
});
test.after.each(async ({ keystone }) => {
  await keystone.close();
});

test('it has the roles that its maker had and still has, and no later ones', async ({ storedRoles }) => {
  assert.equal(await storedRoles(webhook), ['member']);
});

for (const [what, path, thing] of [
  ['whose roles were taken', ASSIGNMENTS, assigned('admin')],
  ['who is disabled', '/v3/users/u-alice', { user: { id: 'u-alice', enabled: false } }],
  ['who is gone', '/v3/users/u-alice', undefined],
  ['whose project is disabled', '/v3/projects/p-demo', { project: { id: 'p-demo', enabled: false } }],
] as const) {
  test(`nothing is delivered for one ${what}, once the known roles are too old`, async ({
    storedRoles,
    keystone,
    clock,
  }) => {
    assert.ok(await storedRoles(webhook));
    if (thing === undefined) keystone.things.delete(path);
    else keystone.things.set(path, thing);
    assert.ok(await storedRoles(webhook));
    clock.advance(KEPT);
    assert.is(await storedRoles(webhook), undefined);
  });
}

test('it ends with the application credential that made it, and with no other', async ({
  storedRoles,
  keystone,
  clock,
}) => {
  const path = '/v3/users/u-alice/application_credentials/';
  const ofBot = { ...webhook, credentialId: 'bot' };
  keystone.things.set(`${path}bot`, { application_credential: { id: 'bot' } });
  assert.equal(await storedRoles(ofBot), ['member']);
  keystone.things.set(`${path}other`, undefined);
  clock.advance(KEPT);
  assert.equal(await storedRoles(ofBot), ['member']);
  keystone.things.delete(`${path}bot`);
  clock.advance(KEPT);
  assert.is(await storedRoles(ofBot), undefined);
  assert.equal(await storedRoles(webhook), ['member'], 'one that was made by a login stays');
});

test('while roles cannot be asked the last known ones stay', async ({ storedRoles, keystone, clock }) => {
  assert.equal(await storedRoles(webhook), ['member']);
  keystone.mood = 503;
  clock.advance(KEPT);
  assert.equal(await storedRoles(webhook), ['member']);
  keystone.mood = 'up';
  keystone.things.set(ASSIGNMENTS, assigned());
  clock.advance(KEPT);
  assert.is(await storedRoles(webhook), undefined);
});

test("where Keystone does not answer, the user's known roles stay in force", async ({
  storedRoles,
  keystone,
}) => {
  keystone.mood = 403;
  assert.equal(await storedRoles(webhook), ['member', 'reader']);
});

test('our own token that has become worthless is replaced', async ({ storedRoles, keystone, clock }) => {
  await storedRoles(webhook);
  keystone.forgetService();
  clock.advance(KEPT);
  assert.equal(await storedRoles(webhook), ['member']);
});

test.run();
