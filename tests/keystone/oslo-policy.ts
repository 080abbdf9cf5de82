/** Our checks beside oslo.policy's own: the same rules, the same people, the same answers. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Identity } from '../../server/identity/identity.ts';
import { LivePolicy } from '../../server/identity/policy/live-policy.ts';
import { readPolicy } from '../../server/identity/policy/policy-file.ts';

const ASKED = 'os_compute_api:servers:detail';

const condition = fc.constantFrom(
  '@',
  '!',
  'role:admin',
  'role:MEMBER',
  'role:reader',
  'rule:other',
  'is_admin:True',
  'is_admin:False',
  'project_id:%(project_id)s',
  'user_id:%(user_id)s',
  'project_id:p1',
  'user_id:u2',
  'user_domain_id:default',
  'system_scope:all',
  'system_scope:None',
  'domain_id:default',
  'project_domain_id:d2',
  'is_admin_project:True',
  'roles:member',
  'service_roles:service',
  'service_user_id:None',
  'True:True',
  '"p1":%(project_id)s',
  "'p1':%(project_id)s",
);
const { check } = fc.letrec<{ check: string }>((tie) => ({
  check: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    condition,
    tie('check').map((inner) => `not ${inner}`),
    tie('check').map((inner) => `(${inner})`),
    tie('check').map((inner) => `( ${inner} )`),
    fc
      .tuple(tie('check'), fc.constantFrom('and', 'or', 'AND', ' or\t'), tie('check'))
      .map((parts) => parts.join(' ')),
  ),
}));
const listed = fc.array(fc.oneof(condition, fc.array(condition, { maxLength: 3 })), { maxLength: 3 });
const cases = fc.record({
  written: fc.oneof({ weight: 5, arbitrary: check }, { weight: 1, arbitrary: listed }),
  other: condition.filter((text) => text !== 'rule:other'),
  roles: fc.subarray(['Admin', 'member', 'reader']),
  target: fc.record({ projectId: fc.constantFrom('p1', 'p2'), userId: fc.constantFrom('u1', 'u2') }),
});

const test = suite('beside oslo.policy');

test('three thousand rules decide alike', () => {
  const drawn = fc.sample(cases, 3_000);
  const asked = drawn.map(({ written, other, roles, target }) => ({
    rules: { asked: written, other },
    target: { project_id: target.projectId, user_id: target.userId },
    credentials: {
      roles,
      is_admin: roles.includes('Admin'),
      project_id: 'p1',
      user_id: 'u1',
      user_domain_id: 'default',
      project_domain_id: 'd2',
      is_admin_project: true,
      system_scope: null,
      domain_id: null,
      service_user_id: null,
      service_roles: [],
    },
  }));
  const script = join(import.meta.dirname, 'decide.py');
  const theirs: boolean[] = JSON.parse(
    execFileSync('/usr/bin/python3', [script], { input: JSON.stringify(asked), encoding: 'utf8' }),
  );
  for (const [at, { written, other, roles, target }] of drawn.entries()) {
    const file = JSON.stringify({ [ASKED]: written, other });
    const ours = new LivePolicy(readPolicy(file, 'policy.yaml')).allows(ASKED, someone(roles), target);
    assert.is(ours, theirs[at], `${file} for ${roles} on ${JSON.stringify(target)}`);
  }
});

function someone(roles: readonly string[]): Identity {
  return {
    kind: 'user',
    userId: 'u1',
    userName: 'u1',
    userDomainId: 'default',
    projectId: 'p1',
    projectName: 'p1',
    projectDomainId: 'd2',
    isAdminProject: true,
    roles,
    expiresAt: null,
    hosts: [],
  };
}

test.run();
