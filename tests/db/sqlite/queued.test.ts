/** Accounts, keys and webhooks are written in the commit queue: with the reports of the same turn, in one sync. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Methods, queued, type Synchronous } from '../../../db/sqlite/commit/queued.ts';
import { openConnection } from '../../../db/sqlite/file/open.ts';
import { SqliteStore } from '../../../db/sqlite/store.ts';
import { ACCOUNT_METHODS, SqliteAccounts } from '../../../db/sqlite/tables/accounts/accounts.ts';
import { CURSOR_KEY_METHODS, SqliteCursorKeys } from '../../../db/sqlite/tables/cursor-keys.ts';
import { SqliteWatchKeys, WATCH_KEY_METHODS } from '../../../db/sqlite/tables/watch-keys.ts';
import { SqliteWebhooks, WEBHOOK_METHODS } from '../../../db/sqlite/tables/webhooks.ts';
import type { Accounts, Token } from '../../../server/ports/accounts.ts';
import type { CursorKeyStore } from '../../../server/ports/cursor-key-store.ts';
import type { WatchKey, WatchKeyStore } from '../../../server/ports/watch-key-store.ts';
import type { WebhookStore } from '../../../server/ports/webhook-store.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import { aService, aWebhook } from '../../support/builders.ts';
import { FakeClock } from '../../support/clock.ts';
import { putService, TEST_RULES } from '../../support/store.ts';

const test = suite('SQLite: what the commit queue writes');

/** What each method is called with. On the rows of `fill`, every write writes. */
type Calls<P> = {
  readonly [name in keyof P]: P[name] extends (...given: infer Given) => unknown ? Given : never;
};

async function codeOf(asked: Promise<unknown>): Promise<string | undefined> {
  return asked.then(
    () => undefined,
    (error) => error.code,
  );
}

const project = { id: 'p', name: 'p', description: '', enabled: true };
const user = {
  id: 'u',
  name: 'u',
  description: null,
  email: null,
  enabled: true,
  defaultProjectId: null,
  passwordHash: 'h',
};
const role = { id: 'r', name: 'r', description: null };
const scope = { on: 'project', id: 'p' } as const;
const token: Token = {
  hash: 't',
  userId: 'u',
  scope,
  methods: [],
  auditIds: [],
  applicationCredentialId: null,
  issuedAt: 1,
  expiresAt: 2,
};
const credential = {
  id: 'c',
  userId: 'u',
  projectId: 'p',
  name: 'c',
  description: null,
  roleIds: [],
  unrestricted: false,
  accessRules: null,
  secretHash: 'h',
  expiresAt: null,
};
const key: WatchKey = {
  id: 'k',
  hash: 'h',
  projectId: 'p',
  name: 'k',
  servers: null,
  roles: [],
  createdBy: 'u',
  createdAt: 1,
  expiresAt: null,
  lastUsedAt: null,
  suspendedAt: null,
  mayDrill: false,
};
const agentToken = { id: 'a', hash: 'a', label: '', hosts: [], createdAt: 1, expiresAt: null };
const webhook = aWebhook();

const accountCalls: Calls<Accounts> = {
  putProject: [project],
  changeProject: ['p', { description: 'x' }],
  putUser: [user],
  changeUser: ['u', { email: 'x' }],
  replacePasswordHash: ['u', 'h', 'i'],
  putRole: [role],
  changeRole: ['r', { description: 'x' }],
  assign: [{ userId: 'u', roleId: 'r', scope: { on: 'system' } }],
  putToken: [{ ...token, hash: 's' }],
  putAgentToken: [{ ...agentToken, id: 'b', hash: 'b' }],
  putApplicationCredential: [{ ...credential, id: 'd', name: 'd' }],
  project: ['p'],
  projectNamed: ['p'],
  projects: [],
  user: ['u'],
  userNamed: ['u'],
  users: [],
  roles: [],
  assignments: [{}],
  token: ['t'],
  agentToken: ['a'],
  agentTokens: [],
  applicationCredential: ['c'],
  applicationCredentials: ['u'],
  removeToken: ['t'],
  removeTokens: [{ userId: 'u' }],
  removeTokensExpired: [3],
  removeAgentToken: ['a'],
  removeApplicationCredential: ['c'],
  unassign: [{ userId: 'u', roleId: 'r', scope }],
  changeUserId: ['u', 'v'],
  changeProjectId: ['p', 'q'],
  removeRole: ['r'],
  removeUser: ['u'],
  removeProject: ['p'],
};
const watchKeyCalls: Calls<WatchKeyStore> = {
  add: [{ ...key, id: 'l', hash: 'l' }, 5],
  byHash: ['h'],
  key: ['k'],
  ofProject: ['p'],
  projects: [],
  used: [[{ id: 'k', at: 2 }]],
  suspend: ['p', 3],
  remove: ['k'],
  removeOfProject: ['p'],
};
const webhookCalls: Calls<WebhookStore> = {
  add: [aWebhook()],
  webhook: [webhook.id],
  ofProject: [webhook.projectId],
  all: [],
  change: [webhook.id, { name: 'x' }],
  remove: [webhook.id],
};
const cursorKeyCalls: Calls<CursorKeyStore> = {
  rotateCursorKey: [() => ({ add: { key: Buffer.alloc(32), createdAt: 1, earlierUntil: 2 }, forget: [] })],
  cursorKeys: [],
};

/** A store whose transactions are run by `turn`; `changed` says whether rows were written since it was last asked. */
async function open() {
  const connection = await openConnection(':memory:');
  let due: (() => void)[] = [];
  const store = new SqliteStore(connection, {
    clock: new FakeClock(),
    rules: TEST_RULES,
    logger: noLogger,
    soon: (then) => due.push(then),
  });
  let before = 0;
  return {
    connection,
    store,
    turn() {
      const now = due;
      due = [];
      for (const then of now) then();
      return now.length;
    },
    changed() {
      const count = connection.client.prepare('SELECT total_changes()').pluck().get() as number;
      const differs = count !== before;
      before = count;
      return differs;
    },
    async close() {
      await store.close();
      await connection.close();
    },
  };
}

type Opened = Awaited<ReturnType<typeof open>>;

/** The rows that every call finds. */
function fill(connection: Opened['connection'], webhooks: SqliteWebhooks): void {
  const tables = [
    'webhooks',
    'watch_keys',
    'tokens',
    'application_credentials',
    'agent_tokens',
    'assignments',
  ];
  for (const table of [...tables, 'users', 'roles', 'projects'])
    connection.client.exec(`DELETE FROM ${table}`);
  const accounts = new SqliteAccounts(connection);
  accounts.putProject(project);
  accounts.putUser(user);
  accounts.putRole(role);
  accounts.assign({ userId: 'u', roleId: 'r', scope });
  accounts.putToken(token);
  accounts.putAgentToken(agentToken);
  accounts.putApplicationCredential(credential);
  new SqliteWatchKeys(connection).add(key, 1);
  webhooks.add(webhook);
}

test('writes of accounts, keys and webhooks wait for the queue; no read writes', async () => {
  const opened = await open();
  const { connection, store, turn, changed } = opened;
  const webhooks = new SqliteWebhooks(connection, store.signingKey);

  async function checkEach<P extends object>(tables: Synchronous<P>, methods: Methods<P>, calls: Calls<P>) {
    const port = queued(tables, methods, store.access) as Record<
      string,
      (...given: unknown[]) => Promise<unknown>
    >;
    for (const [name, given] of Object.entries<unknown[]>(calls as Record<string, unknown[]>)) {
      fill(connection, webhooks);
      changed();
      const answer = port[name]?.(...given);
      assert.not(changed(), `${name} wrote at once`);
      turn();
      await answer;
      assert.is(changed(), methods[name as keyof P] === 'write', name);
    }
  }

  await checkEach<Accounts>(new SqliteAccounts(connection), ACCOUNT_METHODS, accountCalls);
  await checkEach<WatchKeyStore>(new SqliteWatchKeys(connection), WATCH_KEY_METHODS, watchKeyCalls);
  await checkEach<WebhookStore>(webhooks, WEBHOOK_METHODS, webhookCalls);
  await checkEach<CursorKeyStore>(new SqliteCursorKeys(connection), CURSOR_KEY_METHODS, cursorKeyCalls);
  await opened.close();
});

test('one turn is one transaction, and a name that is taken refuses one caller', async () => {
  const opened = await open();
  const { connection, store, turn } = opened;
  const accounts = queued<Accounts>(new SqliteAccounts(connection), ACCOUNT_METHODS, store.access);
  const service = putService({ store, clock: new FakeClock(), rules: TEST_RULES }, aService());
  const first = accounts.putProject(project);
  const second = codeOf(accounts.putProject({ ...project, id: 'another' }));
  const third = accounts.putUser(user);
  const fourth = codeOf(accounts.assign({ userId: 'nobody', roleId: 'r', scope }));
  assert.is(turn(), 1);
  await Promise.all([service, first, third]);
  assert.is(await second, 'conflict');
  assert.is(await fourth, 'conflict');
  assert.is((await accounts.projects()).length, 1);
  assert.is((await accounts.users()).length, 1);
  await opened.close();
});

test('a change of an id defers the references of no other write in its transaction', async () => {
  const opened = await open();
  const { connection, store, turn } = opened;
  const accounts = queued<Accounts>(new SqliteAccounts(connection), ACCOUNT_METHODS, store.access);
  const made = [
    accounts.putUser(user),
    accounts.putRole(role),
    accounts.assign({ userId: 'u', roleId: 'r', scope }),
  ];
  turn();
  await Promise.all(made);
  const moved = accounts.changeUserId('u', 'v');
  const stray = codeOf(accounts.assign({ userId: 'u', roleId: 'r', scope }));
  turn();
  await moved;
  assert.is(await stray, 'conflict', 'the user has another id by now');
  assert.equal(
    (await accounts.assignments({})).map(({ userId }) => userId),
    ['v'],
  );
  await opened.close();
});

test.run();
