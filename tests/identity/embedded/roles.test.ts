import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../../server/domain/errors.ts';
import { ROLE_NAMES } from '../../../server/identity/roles.ts';
import { openWorld } from '../world.ts';

const test = suite('roles that rules rely on');

async function codeOf(asked: Promise<unknown>): Promise<string | undefined> {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof DomainError ? error.code : undefined;
}

test('each keeps its name and stays; a site’s own is renamed and removed', async () => {
  const world = await openWorld({ bare: true });
  try {
    const { directory } = world.identity;
    const own = await directory.createRole('auditor');
    for (const name of ROLE_NAMES) {
      const { id } = await directory.role(name);
      assert.is(await codeOf(directory.updateRole(id, { name: `not ${name}` })), 'forbidden', name);
      assert.is(await codeOf(directory.removeRole(id)), 'forbidden', name);
      assert.is((await directory.role(name)).id, id);
      assert.is(await codeOf(directory.updateRole(own.id, { name })), 'conflict', `nobody takes ${name}`);
    }
    await directory.updateRole(own.id, { name: 'onlooker' });
    assert.is((await directory.role('onlooker')).id, own.id);
    await directory.removeRole(own.id);
    assert.is(await codeOf(directory.role('onlooker')), 'not_found');
  } finally {
    await world.close();
  }
});

test.run();
