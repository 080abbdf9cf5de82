import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../../server/domain/errors.ts';
import type { Identity } from '../../../server/identity/identity.ts';
import {
  ATTRIBUTES,
  CheckSyntaxError,
  parseCheck,
  printCheck,
  type RuleCheck,
  TARGET_KEYS,
} from '../../../server/identity/policy/check.ts';
import { LivePolicy, openPolicy } from '../../../server/identity/policy/live-policy.ts';
import { readPolicy } from '../../../server/identity/policy/policy-file.ts';

const test = suite('policy');

function someone(over: Partial<Identity> = {}): Identity {
  return {
    kind: 'user',
    userId: 'u-alice',
    userName: 'alice',
    userDomainId: 'default',
    projectId: 'p-demo',
    projectName: 'demo',
    projectDomainId: 'default',
    isAdminProject: true,
    roles: ['member', 'reader'],
    expiresAt: null,
    hosts: [],
    ...over,
  };
}
const alice = someone();
const reader = someone({ userId: 'u-rita', roles: ['reader'] });
const admin = someone({ userId: 'u-admin', projectId: 'p-admin', roles: ['Admin'] });

const SHOW = 'os_compute_api:servers:show';
const SERVICES = 'os_compute_api:os-services:list';
const HOST_STATUS = 'os_compute_api:servers:show:host_status';
const UNKNOWN_ONLY = `${HOST_STATUS}:unknown-only`;

/** Does `check` let `identity` act on `target`? */
function passes(
  check: string,
  identity: Identity,
  target?: { projectId?: string; userId?: string },
): boolean {
  return new LivePolicy(readPolicy(JSON.stringify({ 'os_compute_api:limits': check }), 'policy.yaml')).allows(
    'os_compute_api:limits',
    identity,
    target,
  );
}

function asking(identity: Identity) {
  return { identity, projectId: identity.projectId, userId: identity.userId };
}

function refusalOf(text: string): string {
  try {
    readPolicy(text, 'policy.yaml');
  } catch (error) {
    assert.instance(error, DomainError);
    return (error as DomainError).message;
  }
  throw new Error(`accepted: ${text}`);
}

test('a rule that a file makes up is refused to everybody: nothing asks it', () => {
  const policy = new LivePolicy(readPolicy(JSON.stringify({ 'site:anything': '@' }), 'policy.yaml'));
  for (const identity of [alice, admin]) {
    for (const rule of ['site:anything', 'os_compute_api:nothing', ''])
      assert.is(policy.allows(rule, identity), false, rule);
  }
});

test('owners see the host_status of their own servers only, administrators of all', () => {
  const policy = new LivePolicy();
  assert.is(policy.hostStatusVisibility(alice, 'p-demo'), 'all');
  assert.is(policy.hostStatusVisibility(reader, 'p-demo'), 'all');
  assert.is(policy.hostStatusVisibility(alice, 'p-other'), 'none');
  assert.is(policy.hostStatusVisibility(admin, 'p-other'), 'all');
});

test("one line restores Nova's: administrators only", () => {
  const policy = new LivePolicy(readPolicy(`"${HOST_STATUS}": "rule:context_is_admin"`, 'policy.yaml'));
  assert.is(policy.hostStatusVisibility(alice, 'p-demo'), 'none');
  assert.is(policy.hostStatusVisibility(admin, 'p-demo'), 'all');
});

test('unknown-only is asked only where the first rule fails', () => {
  const text = `"${HOST_STATUS}": "rule:admin_api"\n"${UNKNOWN_ONLY}": "rule:admin_or_owner"`;
  const policy = new LivePolicy(readPolicy(text, 'policy.yaml'));
  assert.is(policy.hostStatusVisibility(alice, 'p-demo'), 'unknown-only');
  assert.is(policy.hostStatusVisibility(alice, 'p-other'), 'none');
  assert.is(policy.hostStatusVisibility(admin, 'p-demo'), 'all');
});

test('readers read, members write, administrators switch services (Nova)', () => {
  const policy = new LivePolicy();
  assert.ok(policy.allows(SHOW, reader));
  assert.not(policy.allows('os_compute_api:servers:delete', reader));
  assert.ok(policy.allows('os_compute_api:servers:delete', alice));
  assert.not(policy.allows('os_compute_api:servers:delete', alice, { projectId: 'p-other' }));
  assert.ok(policy.allows('os_compute_api:servers:delete', admin, { projectId: 'p-other' }));
  assert.not(policy.allows('os_compute_api:os-services:update', alice));
  assert.ok(policy.allows('os_compute_api:os-services:update', admin));
});

test('a rule that is not known is refused, and so is a token without a project', () => {
  const policy = new LivePolicy();
  assert.not(policy.allows('os_compute_api:no-such:rule', admin));
  assert.not(policy.allows(SHOW, { ...admin, projectId: null }, { projectId: 'p-demo' }));
  assert.not(policy.allows('os_compute_api:limits', { ...alice, projectId: null }));
});

test('roles are compared without regard to case, values exactly', () => {
  assert.ok(passes('role:ADMIN', admin));
  assert.ok(passes('project_id:p-demo', alice));
  assert.not(passes('project_id:P-DEMO', alice));
  assert.ok(passes("'p-demo':%(project_id)s", alice, { projectId: 'p-demo' }));
  assert.ok(passes('is_admin:False', alice));
  assert.ok(passes('user_id:%(user_id)s', alice));
  assert.not(
    passes('user_id:%(user_id)s', alice, { projectId: 'p-demo' }),
    'a target without a user has no owner',
  );
});

test('"and" binds tighter than "or", "not" tighter than both, and brackets win', () => {
  assert.ok(passes('@ or @ and !', alice));
  assert.not(passes('(@ or @) and !', alice));
  assert.ok(passes('not ! and @', alice));
  assert.not(passes('not (! or @)', alice));
  assert.ok(passes('', alice));
  assert.ok(passes('(role:member AND (project_id:%(project_id)s))', alice));
});

const word = fc.stringMatching(/^[a-z][a-z0-9_:-]{0,8}$/);
const operand = fc.oneof(
  fc.record({ of: fc.constant('text' as const), text: word }),
  fc.record({ of: fc.constant('target' as const), key: fc.constantFrom(...TARGET_KEYS) }),
);
const { check } = fc.letrec<{ check: RuleCheck }>((tie) => ({
  check: fc.oneof(
    { maxDepth: 4 },
    fc.constant({ is: 'always' as const }),
    fc.constant({ is: 'never' as const }),
    fc.record({ is: fc.constantFrom('rule' as const, 'role' as const), name: word }),
    fc.record({
      is: fc.constant('attribute' as const),
      name: fc.constantFrom(...ATTRIBUTES.filter((name) => name !== 'is_admin')),
      equals: operand,
    }),
    fc.constantFrom('True', 'False').map((text) => ({
      is: 'attribute' as const,
      name: 'is_admin' as const,
      equals: { of: 'text' as const, text },
    })),
    fc.record({ is: fc.constant('literal' as const), text: word, equals: operand }),
    fc.record({ is: fc.constant('not' as const), check: tie('check') }),
    fc.record({
      is: fc.constantFrom('and' as const, 'or' as const),
      checks: fc.array(tie('check'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

test('a printed check parses to the same check', () => {
  fc.assert(
    fc.property(check, (original) => {
      assert.equal(parseCheck(printCheck(original)), structuredClone(original));
    }),
  );
});

test('any text is read or refused with a reason, never anything else', () => {
  const pieces = fc.constantFrom(
    '(',
    ')',
    ' ',
    'and',
    'or',
    'not',
    '@',
    '!',
    'role:',
    'x',
    ':',
    '%(',
    ')s',
    "'",
    '%(user_id)s',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string())), (parts) => {
      try {
        parseCheck(parts.join(''));
      } catch (error) {
        assert.instance(error, CheckSyntaxError);
      }
    }),
  );
});

test('a bad file is refused with file, line, rule and reason', () => {
  const good = '"os_compute_api:limits": "@"\n';
  assert.match(
    refusalOf(`${good}"os_compute_api:servers:show": "role:a or"`),
    /^policy\.yaml:2: rule "os_compute_api:servers:show": /,
  );
  const served = `${good}"${SHOW}"`;
  assert.match(refusalOf(served.replace('\n', '\n\n').concat(': "(role:x"')), /^policy\.yaml:3: .*bracket/);
  assert.match(refusalOf(`${served}: "rule:nowhere"`), /^policy\.yaml:2: .*"nowhere", which is not a rule/);
  assert.match(refusalOf(`"${SHOW}": "rule:b"\n"b": "rule:${SHOW}"`), /refers to itself/);
  assert.match(refusalOf(`${served}: "is_admin:maybe"`), /is_admin:True or is_admin:False/);
  assert.match(refusalOf(`${served}: "projct_id:%(project_id)s"`), /"projct_id" is not an attribute/);
  assert.match(refusalOf(`${served}: "project_id:%(tenant)s"`), /tenant/);
  assert.match(refusalOf(`${served}: "https://example.com/"`), /remote server/);
  assert.match(refusalOf(`${served}: {}`), /must be text/);
  assert.match(refusalOf('- a'), /must be a map/);
  assert.match(refusalOf('"a: b'), /^policy\.yaml:\d+: /);
  assert.match(
    refusalOf(`\uFEFF${good.replace('\n', '\r\n')}"${SHOW}": "role:"\r\n`),
    /^policy\.yaml:2: .*"role:"/,
  );
  assert.match(refusalOf(`${good}---\n${good}`), /^policy\.yaml:2: /);
  assert.match(refusalOf(`${served}: "role:%(role)s"`), /must name a role/);
  assert.match(refusalOf(`${served}: ["role:a or role:b"]`), /is not a condition/);
});

test('never is not read as always, however it is written', () => {
  for (const never of ['!', '! ""', '', '~', '"  "', '["!", ""]', '[!]']) {
    const start = `policy.yaml:1: rule "${SHOW}": `;
    assert.is(refusalOf(`"${SHOW}": ${never}`).slice(0, start.length), start, never);
  }
  assert.match(refusalOf('"a:b": @'), /^policy\.yaml:1: /);
});

test('no depth of brackets or of references is too much for us', () => {
  const deep = 200_000;
  for (const check of [
    `${'('.repeat(deep)}@${')'.repeat(deep)}`,
    `${'not '.repeat(deep)}@`,
    `${'('.repeat(deep)}`,
  ])
    assert.match(refusalOf(JSON.stringify({ [SHOW]: check })), /nested more than/);
  const chain = Array.from({ length: 5_000 }, (_, at) => [`r${at}`, `rule:r${at + 1}`]);
  assert.match(
    refusalOf(JSON.stringify(Object.fromEntries([...chain, ['r5000', '@'], [SHOW, 'rule:r0']]))),
    /through more than/,
  );
  assert.ok(passes(`${'('.repeat(50)}@${')'.repeat(50)}`, alice));
});

test('byte order marks, carriage returns, tabs and JSON make no difference', () => {
  const rules = { [HOST_STATUS]: '!', [SHOW]: 'role:member\tor\n\trole:admin' };
  const lines = Object.entries(rules).map(
    ([name, check]) => `${JSON.stringify(name)}:\t${JSON.stringify(check)}`,
  );
  for (const text of [
    `\uFEFF${lines.join('\n')}`,
    lines.join('\r\n'),
    JSON.stringify(rules),
    JSON.stringify(rules, null, '\t'),
    `${lines[0]} # no more\n${SHOW}: |\n  role:member\n  or role:admin\n`,
  ]) {
    const policy = new LivePolicy(readPolicy(text, 'policy.yaml'));
    assert.is(policy.hostStatusVisibility(alice, 'p-demo'), 'none', text);
    assert.ok(policy.allows(SHOW, alice) && !policy.allows(SHOW, reader), text);
  }
});

test('the older lists: any of the outer, all of the inner', () => {
  const is = (check: unknown, who: Identity) => passes(check as string, who, { projectId: 'p-demo' });
  const lists = [['role:reader', 'project_id:%(project_id)s'], 'role:admin'];
  assert.equal(
    [alice, admin].map((who) => is(lists, who)),
    [true, true],
  );
  assert.not(is([['role:reader', 'role:admin']], alice));
  assert.ok(is([], reader), 'nothing asked for');
  assert.not(is([[]], admin), 'nothing that could hold');
  const { written } = readPolicy(JSON.stringify({ [SHOW]: lists }), 'policy.yaml');
  assert.is(written.get(SHOW), '(role:reader and project_id:%(project_id)s) or role:admin');
});

test('rules that are never asked are skipped with a warning, however wrong', () => {
  const text = [
    '"compute:get_all": "admin"',
    '"os_compute_api:os-volumes": "tenant:%(tenant)s and ("',
    '"volume:x": {}',
    '12: "@"',
    '"os_compute_api:limits": "!"',
    '"os_compute_api:limits": "@"',
  ].join('\n');
  const { rules, warnings } = readPolicy(text, 'policy.yaml');
  assert.equal(
    warnings.map((warning) => warning.split(':')[1]),
    ['1', '2', '3', '4', '6'],
  );
  assert.match(warnings[4] as string, /line 5 too; this one counts/);
  assert.is(rules.get('os_compute_api:limits')?.(asking(alice)), true, 'the last counts');
});

test('a rule reached through others must be right, and all errors come at once', () => {
  const text = [
    `"${SHOW}": "rule:helper or rule:gone"`,
    '"helper": "admin"',
    '"project_reader_api": "colour:blue"',
    '"os_compute_api:os-services": "("',
    '"nobody": "asks for this ("',
  ].join('\n');
  assert.equal(refusalOf(text).match(/^policy\.yaml:\d+/gm), [
    'policy.yaml:1',
    'policy.yaml:2',
    'policy.yaml:3',
    'policy.yaml:4',
  ]);
});

test('a reference to a missing rule means the rule "default", if there is one', () => {
  const text = `"${SHOW}": "rule:gone"\n"default": "role:reader"`;
  assert.ok(new LivePolicy(readPolicy(text, 'policy.yaml')).allows(SHOW, reader));
});

test('an unknowable attribute grants nothing, however it is asked', () => {
  const { projectDomainId, isAdminProject, ...maker } = someone({ userDomainId: undefined });
  for (const condition of ['user_domain_id:default', 'project_domain_id:default', 'is_admin_project:True']) {
    assert.ok(passes(condition, alice), condition);
    for (const check of [condition, `not ${condition}`, `not (${condition} or !)`, `not not ${condition}`])
      assert.not(passes(check, maker), check);
    assert.ok(passes(`${condition} or role:member`, maker));
    assert.ok(passes(`not (${condition} and !)`, maker));
  }
  const onHosts = (check: string) =>
    new LivePolicy(readPolicy(JSON.stringify({ [SERVICES]: check }), 'policy.yaml')).allows(SERVICES, alice);
  assert.not(onHosts('project_id:%(project_id)s'), 'a host is of no project');
  assert.not(onHosts('not project_id:%(project_id)s'));
});

test('an empty file leaves the defaults', () => {
  for (const text of ['', '# nothing yet\n', '{}']) {
    assert.is(new LivePolicy(readPolicy(text, 'policy.yaml')).hostStatusVisibility(alice, 'p-demo'), 'all');
  }
});

test('a rule that nothing asks for is named; one that another rule refers to is not', () => {
  const text =
    '"os_compute_api:servers:shwo": "@"\n"auditor": "role:auditor"\n"os_compute_api:servers:show": "rule:auditor"';
  assert.equal(readPolicy(text, 'policy.yaml').unknown, ['os_compute_api:servers:shwo']);
});

test('a reload replaces all rules and announces it; a bad file changes nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'policy-'));
  try {
    const file = join(folder, 'policy.yaml');
    const warned: unknown[] = [];
    writeFileSync(file, `"${HOST_STATUS}": "!"\n"misspelt": "@"`);
    const { policy, reload } = await openPolicy(file, {
      warn: (fields: unknown) => void warned.push(fields),
    });
    assert.equal(warned, [{ file, rules: ['misspelt'] }]);
    assert.is(policy.hostStatusVisibility(alice, 'p-demo'), 'none');
    let calls = 0;
    policy.onChanged(() => calls++);

    writeFileSync(file, `"${HOST_STATUS}": "@"`);
    await reload();
    assert.is(policy.hostStatusVisibility(alice, 'p-demo'), 'all');
    assert.is(calls, 1);

    writeFileSync(file, `"${SHOW}": "!"\n"${HOST_STATUS}": "rule:"`);
    await reload().then(
      () => assert.unreachable(),
      (error: unknown) => assert.match(String(error), /policy\.yaml:2/),
    );
    assert.ok(policy.allows(SHOW, alice), 'not half of the file either');
    assert.is(calls, 1);

    rmSync(file);
    await reload().then(
      () => assert.unreachable(),
      (error: unknown) => assert.match(String(error), /HOSTBEAT_POLICY_FILE/),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
