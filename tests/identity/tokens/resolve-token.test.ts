/** What a stored token is worth: nothing, once anything that it rests on is gone or has ended. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { resolveToken } from '../../../server/identity/tokens/tokens.ts';
import type {
  Accounts,
  ApplicationCredential,
  Project,
  Scope,
  Token,
  User,
} from '../../../server/ports/accounts.ts';

const test = suite('worth of a stored token');

const NOW = 1_000_000;

const USER: User = {
  id: 'u1',
  name: 'alice',
  description: null,
  email: null,
  enabled: true,
  defaultProjectId: null,
  passwordHash: null,
};
const PROJECT: Project = { id: 'p1', name: 'demo', description: '', enabled: true };
const MEMBER = { id: 'r1', name: 'member', description: null };
const CREDENTIAL: ApplicationCredential = {
  id: 'c1',
  userId: 'u1',
  projectId: 'p1',
  name: 'bot',
  description: null,
  roleIds: ['r1'],
  unrestricted: false,
  accessRules: null,
  secretHash: '',
  expiresAt: null,
};
const TOKEN: Token = {
  hash: 'h',
  userId: 'u1',
  scope: { on: 'project', id: 'p1' },
  methods: ['password'],
  auditIds: ['a'],
  applicationCredentialId: null,
  issuedAt: 0,
  expiresAt: NOW + 1,
};
const OF_CREDENTIAL: Token = { ...TOKEN, applicationCredentialId: 'c1' };

interface Rows {
  readonly user?: User | undefined;
  readonly project?: Project | undefined;
  readonly credential?: ApplicationCredential | undefined;
  readonly held?: readonly Scope[];
}

/** The names of the roles that it is worth; undefined if nothing. */
async function worth(token: Token | undefined, rows: Rows = {}): Promise<readonly string[] | undefined> {
  const { user, project, credential, held } = {
    user: USER,
    project: PROJECT,
    credential: CREDENTIAL,
    held: [{ on: 'project', id: 'p1' }] as const,
    ...rows,
  };
  const accounts: Partial<Accounts> = {
    user: async () => user,
    project: async () => project,
    applicationCredential: async () => credential,
    roles: async () => [MEMBER],
    assignments: async ({ scope }) =>
      held
        .filter((one) => JSON.stringify(one) === JSON.stringify(scope))
        .map((one) => ({ userId: 'u1', roleId: 'r1', scope: one })),
  };
  const resolved = await resolveToken(accounts as Accounts, token, NOW);
  return resolved?.roles.map(({ name }) => name);
}

test('it is worth the roles that its user has on its scope', async () => {
  assert.equal(await worth(TOKEN), ['member']);
  assert.equal(await worth(OF_CREDENTIAL), ['member']);
  assert.equal(await worth({ ...TOKEN, scope: null }), [], 'unscoped');
  const system: Scope = { on: 'system' };
  assert.equal(await worth({ ...TOKEN, scope: system }, { held: [system] }), ['member']);
});

test('at its expiry it is worth nothing', async () => {
  assert.is(await worth(undefined), undefined);
  assert.is(await worth({ ...TOKEN, expiresAt: NOW }), undefined);
});

test('without its user, or with one who is disabled, it is worth nothing', async () => {
  assert.is(await worth(TOKEN, { user: undefined }), undefined);
  assert.is(await worth(TOKEN, { user: { ...USER, enabled: false } }), undefined);
});

test('without its project, or with one that is disabled, it is worth nothing', async () => {
  assert.is(await worth(TOKEN, { project: undefined }), undefined);
  assert.is(await worth(TOKEN, { project: { ...PROJECT, enabled: false } }), undefined);
});

test('without its credential, or with one that has ended, it is worth nothing', async () => {
  assert.is(await worth(OF_CREDENTIAL, { credential: undefined }), undefined);
  assert.is(await worth(OF_CREDENTIAL, { credential: { ...CREDENTIAL, expiresAt: NOW } }), undefined);
  const unscoped = { ...OF_CREDENTIAL, scope: null };
  assert.is(await worth(unscoped, { credential: undefined }), undefined);
});

test('without a role on its scope it is worth nothing, whatever is held elsewhere', async () => {
  assert.is(await worth(TOKEN, { held: [{ on: 'project', id: 'p2' }, { on: 'system' }] }), undefined);
  assert.is(await worth({ ...TOKEN, scope: { on: 'system' } }), undefined);
  const elsewhere: Scope = { on: 'domain', id: 'elsewhere' };
  assert.is(await worth({ ...TOKEN, scope: elsewhere }, { held: [elsewhere] }), undefined);
});

test.run();
