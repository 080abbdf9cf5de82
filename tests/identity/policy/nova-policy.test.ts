/**
 * Policy files held against what oslo.policy decides with Nova's own rule definitions (tests/keystone/record-policy.py
 * wrote the answers down): renamed rules in every combination of old and new, attributes of the caller, rules that others
 * are built on.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Identity } from '../../../server/identity/identity.ts';
import { DEFAULT_RULES } from '../../../server/identity/policy/defaults.ts';
import { LivePolicy } from '../../../server/identity/policy/live-policy.ts';
import { readPolicy } from '../../../server/identity/policy/policy-file.ts';
import { RENAMED } from '../../../server/identity/policy/renamed.ts';
import { DEFAULT_RULE_SET } from '../../../server/identity/policy/rule-set.ts';
import { SERVED } from '../../../server/identity/policy/served.ts';

/** Rules by the letters of those who may do them. */
type Allowed = Readonly<Record<string, readonly string[]>>;
type Person = Readonly<Record<string, string | boolean | string[] | null>>;
interface Begin {
  readonly people: Readonly<Record<string, Person>>;
  readonly target: { readonly project_id: string; readonly user_id: string };
  readonly begin_with: Readonly<Record<string, string>>;
  readonly allows: Allowed;
}
interface Case {
  readonly file: Readonly<Record<string, unknown>>;
  readonly changes: Allowed;
}

const lines = readFileSync(join(import.meta.dirname, '../../vectors/nova-policy.jsonl'), 'utf8')
  .trim()
  .split('\n');
const begin = JSON.parse(lines[0] as string) as Begin;
const cases = lines.slice(1).map((line) => JSON.parse(line) as Case);
const people = Object.entries(begin.people).map(([letter, person]) => [letter, identityOf(person)] as const);
const target = { projectId: begin.target.project_id, userId: begin.target.user_id };
const novas = [...SERVED.keys()].filter(
  (rule) => !rule.startsWith('hostbeat:') && rule !== 'context_is_admin',
);

const test = suite("Nova's policy files");

function identityOf(person: Person): Identity {
  const text = (key: string) => person[key] as string;
  const list = (key: string) => person[key] as string[];
  const service = {
    userId: text('service_user_id'),
    userDomainId: text('service_user_domain_id'),
    projectId: text('service_project_id'),
    projectDomainId: text('service_project_domain_id'),
    roles: list('service_roles'),
  };
  return {
    kind: 'user',
    userId: text('user_id'),
    userName: '',
    userDomainId: text('user_domain_id'),
    projectId: text('project_id'),
    projectName: null,
    projectDomainId: text('project_domain_id'),
    isAdminProject: person.is_admin_project as boolean,
    roles: list('roles'),
    ...(service.userId === null ? {} : { service }),
    expiresAt: null,
    hosts: [],
  };
}

function allowedBy(file: object): Map<string, string> {
  const text = JSON.stringify({ ...begin.begin_with, ...file });
  const policy = new LivePolicy(readPolicy(text, 'policy.yaml'));
  const lettersOf = (rule: string) =>
    people.filter(([, identity]) => policy.allows(rule, identity, target)).map(([letter]) => letter);
  return new Map(novas.map((rule) => [rule, lettersOf(rule).join('')]));
}

function byRule(allowed: Allowed): [string, string][] {
  return Object.entries(allowed).flatMap(([letters, rules]) =>
    rules.map((rule): [string, string] => [rule, letters]),
  );
}

test('without a file the same people may do the same', () => {
  assert.equal(Object.fromEntries(allowedBy({})), Object.fromEntries(byRule(begin.allows)));
});

test(`${cases.length} files decide as oslo.policy does`, () => {
  const usual = byRule(begin.allows);
  for (const { file, changes } of cases) {
    const expected = new Map([...usual, ...byRule(changes)]);
    for (const [rule, letters] of allowedBy(file))
      assert.is(letters, expected.get(rule), `${rule} with ${JSON.stringify(file)}`);
  }
});

test('every renamed rule takes its old name for its own, and its own before that', () => {
  for (const [old, names] of Object.entries(RENAMED)) {
    for (const name of names) {
      const inForce = (file: object) => readPolicy(JSON.stringify(file), 'policy.yaml').inForce.get(name);
      assert.is(inForce({ [old]: 'role:x' }), 'role:x', `${old} for ${name}`);
      assert.is(inForce({ [old]: 'role:x', [name]: 'role:y' }), 'role:y', `${name} before ${old}`);
      assert.is(inForce({ [name]: 'role:y', [old]: 'role:x' }), 'role:y', `${name} before ${old}`);
      assert.is(inForce({ [old]: `rule:${name}` }), DEFAULT_RULES.get(name), `${old} as an alias of ${name}`);
    }
  }
});

test('every rule that the code names is one that policy files are held against', () => {
  const named =
    /['`]((?:os_compute_api|hostbeat:(?:services|instances)|compute:servers|network):[^'`$]*)(['`]|\$)/g;
  const server = join(import.meta.dirname, '../../../server');
  const asked = readdirSync(server, { recursive: true, encoding: 'utf8' })
    .filter(
      (path) => path.endsWith('.ts') && !path.startsWith('identity/policy/') && !path.startsWith('openapi/'),
    )
    .flatMap((path) =>
      [...readFileSync(join(server, path), 'utf8').matchAll(named)].map(([, rule = '', end]) => ({
        rule,
        end,
        path,
      })),
    );
  assert.ok(asked.length > 30);
  for (const { rule, end, path } of asked) {
    const known =
      end === '$' ? [...SERVED.keys()].some((served) => served.startsWith(rule)) : SERVED.has(rule);
    assert.ok(known, `${rule} in ${path}`);
  }
});

test('nothing in the defaults is closed because it cannot be known', () => {
  assert.equal([...DEFAULT_RULE_SET.notes], []);
});

test.run();
