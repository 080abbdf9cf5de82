/** Which stream a token opens, whatever the rules of a deployment say. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { entitlementOf, mayFollow } from '../../server/stream/entitlement.ts';
import { anAdmin, anIdentity, FakePolicy } from '../support/identity.ts';

const test = suite('entitlement');

/** Rules that allow everything to everybody; administrators are still only those that are. */
class WidePolicy extends FakePolicy {
  override allows(): boolean {
    return true;
  }
  override hostStatusVisibility(): 'all' {
    return 'all';
  }
}

const policy = new WidePolicy();
const other = { stream: 'project', project_id: 'p2' } as const;

test('whatever the rules, another project’s stream opens to administrators alone', () => {
  assert.is(entitlementOf(anIdentity({ roles: ['member', 'reader'] }), other, policy), undefined);
  assert.is(entitlementOf(anIdentity({ projectId: null }), other, policy), undefined);
  assert.equal(entitlementOf(anAdmin(), other, policy), { stream: 'project:p2', visibility: 'all' });
  assert.equal(entitlementOf(anIdentity(), { stream: 'project' }, policy), {
    stream: 'project:p1',
    visibility: 'all',
  });
});

test('an agent opens no stream, however wide the rules', () => {
  const agent = anIdentity({ kind: 'agent', hosts: ['*'] });
  for (const wanted of [other, { stream: 'project' }, { stream: 'hosts' }] as const)
    assert.is(entitlementOf(agent, wanted, policy), undefined);
  assert.not(mayFollow(agent, policy));
});

test.run();
