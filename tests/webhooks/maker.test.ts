import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { storedRoles } from '../../server/webhooks/current-roles.ts';
import { aWebhook } from '../support/builders.ts';

const test = suite('the maker of a webhook');

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
