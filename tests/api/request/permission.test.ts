import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { may } from '../../../server/api/request/permission.ts';
import { anIdentity } from '../../support/identity.ts';

const test = suite('permissions of our own API');

const everything = { allows: () => true };

test('however wide the policy, agents and watch keys are not users', () => {
  assert.ok(may(anIdentity(), everything, ['any']));
  for (const kind of ['agent', 'watch'] as const)
    assert.not(may(anIdentity({ kind }), everything, ['any']), kind);
});

test('one of several rules is enough; an empty list of rules grants nothing', () => {
  const policy = { allows: (rule: string) => rule === 'b' };
  assert.ok(may(anIdentity(), policy, ['a', 'b']));
  assert.not(may(anIdentity(), policy, ['a', 'c']));
  assert.not(may(anIdentity(), everything, []));
});

test.run();
