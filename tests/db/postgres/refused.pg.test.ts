/** A database that hostbeat cannot use is refused in one line with the fix, and left as it was. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openPostgres } from '../../../db/postgres/open.ts';
import type { DatabaseRefused } from '../../../db/refused.ts';
import { explainError } from '../../../server/cli/support/errors.ts';
import { FakeClock } from '../../support/clock.ts';
import { freePort } from '../../support/free-port.ts';
import { WITH_PASSWORD } from '../../support/postgres/cluster.ts';
import { type FreshSchema, freshSchema, hasPostgres } from '../../support/postgres/stores.ts';
import { runHostbeat } from '../../support/process.ts';
import { TEST_RULES } from '../../support/store.ts';

const options = { clock: new FakeClock(), rules: TEST_RULES };
const test = suite<{ schema: FreshSchema }>('a PostgreSQL that is refused');

test.before.each((context) => {
  context.schema = freshSchema();
});
test.after.each(({ schema }) => schema.drop());

/** As docs/postgres.md lists them. */
const EXITS: Record<string, number> = {
  unreachable: 69,
  forbidden: 77,
  unsupported: 78,
  foreign: 74,
  newer: 74,
  damaged: 74,
  locked: 75,
};

async function refusal(url: string): Promise<DatabaseRefused> {
  try {
    await (await openPostgres(url, options)).close();
  } catch (error) {
    return error as DatabaseRefused;
  }
  throw new Error('it was opened');
}

async function refusedAs(url: string, reason: string, words: RegExp): Promise<void> {
  const error = await refusal(url);
  assert.is(error.name, 'DatabaseRefused', error.stack);
  assert.is(error.reason, reason, error.message);
  assert.match(error.message, words);
  const { exit, text } = explainError(error, false);
  assert.is(exit, EXITS[reason]);
  assert.is(text.trimEnd().split('\n').length, 1, text);
  assert.not.match(error.message, 'sesame');
}

function changed(url: string, change: (url: URL) => void): string {
  const other = new URL(url);
  change(other);
  return other.href;
}

async function begun(schema: FreshSchema): Promise<void> {
  await (await openPostgres(schema.url, options)).close();
}

/** Answers every question with one text, as a server of another kind would. */
async function serverThatIs(version: string): Promise<{ port: number; close(): void }> {
  const message = (type: string, body: Buffer) => {
    const head = Buffer.alloc(5);
    head.write(type);
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const ready = message('Z', Buffer.from('I'));
  const field = Buffer.concat([
    Buffer.from('\0\u0001version\0'),
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 0]),
  ]);
  const text = Buffer.from(version);
  const size = Buffer.alloc(6);
  size.writeInt16BE(1);
  size.writeInt32BE(text.length, 2);
  const answer = [
    message('T', field),
    message('D', Buffer.concat([size, text])),
    message('C', Buffer.from('SELECT 1\0')),
    ready,
  ];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', Buffer.from([0, 0, 0, 0])), ready]));
      socket.on('data', (data) => {
        if (data[0] === 0x51) socket.write(Buffer.concat(answer));
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as { port: number }).port, close: () => server.close() };
}

for (const [version, words] of [
  ['CockroachDB CCL v25.2.1 (x86_64-pc-linux-gnu)', /CockroachDB is not supported: use PostgreSQL 15/],
  ['PostgreSQL 15.2-YB-2.25.0.0-b0 on x86_64-pc-linux-gnu', /YugabyteDB is not supported/],
  ['PostgreSQL 14.11 (Debian) on x86_64-pc-linux-gnu', /PostgreSQL 14 is too old: use PostgreSQL 15/],
] as const) {
  test(`${version.slice(0, 30)} is refused by name`, async ({ schema }) => {
    const other = await serverThatIs(version);
    try {
      const url = changed(schema.url, (at) => {
        at.port = String(other.port);
      });
      await refusedAs(url, 'unsupported', words);
    } finally {
      other.close();
    }
  });
}

test('an address without a server is one line and exit code 69', async ({ schema }) => {
  const port = await freePort();
  const url = changed(schema.url, (at) => {
    at.port = String(port);
    at.password = 'sesame';
  });
  await refusedAs(url, 'unreachable', /ECONNREFUSED.*Start PostgreSQL there/);
  const { code, stderr } = await runHostbeat(['serve'], {
    HOSTBEAT_DATABASE_URL: url,
    HOSTBEAT_LISTEN: '127.0.0.1:0',
  });
  assert.is(code, 69, stderr);
  assert.is(stderr.split('\n').filter((line) => line.startsWith('hostbeat:')).length, 1, stderr);
  assert.not.match(stderr, 'sesame');
});

test('the database is missing', async ({ schema }) => {
  const url = changed(schema.url, (at) => {
    at.pathname = '/nowhere';
  });
  await refusedAs(url, 'unreachable', /CREATE DATABASE "nowhere" OWNER/);
});

test('the password is wrong, and is not repeated', async ({ schema }) => {
  await schema.query(`DROP ROLE IF EXISTS ${WITH_PASSWORD}`);
  await schema.query(`CREATE ROLE ${WITH_PASSWORD} LOGIN PASSWORD 'right'`);
  const url = changed(schema.url, (at) => {
    at.username = WITH_PASSWORD;
    at.password = 'sesame';
  });
  await refusedAs(url, 'forbidden', /Correct the password of user/);
  await schema.query(`DROP ROLE ${WITH_PASSWORD}`);
});

test('a right is missing, or it may only be read', async ({ schema }) => {
  const name = new URL(schema.url).searchParams.get('schema');
  await schema.query(`CREATE ROLE "${name}" LOGIN`);
  const url = changed(schema.url, (at) => {
    at.username = `${name}`;
  });
  await refusedAs(url, 'forbidden', /may not make the schema.*CREATE SCHEMA/);
  await schema.query(`CREATE SCHEMA "${name}"`);
  await refusedAs(url, 'forbidden', /may not write in the schema.*ALTER SCHEMA/);
  await schema.query(`ALTER SCHEMA "${name}" OWNER TO "${name}"`);
  await schema.query(`ALTER ROLE "${name}" SET default_transaction_read_only = on`);
  await refusedAs(url, 'unreachable', /is read-only.*default_transaction_read_only/);
  await schema.drop();
  await schema.query(`DROP ROLE "${name}"`);
});

test('the schema holds the tables of another program, which stay', async ({ schema }) => {
  const name = new URL(schema.url).searchParams.get('schema');
  await schema.query(`CREATE SCHEMA "${name}"; CREATE TABLE "${name}".theirs (a int)`);
  await refusedAs(schema.url, 'foreign', /tables of another program/);
  const { rows } = await schema.query(
    `SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = '${name}'`,
  );
  assert.is(rows[0].n, 1);
});

test('another session has locked a table, or a right on one is missing', async ({ schema }) => {
  await begun(schema);
  const name = new URL(schema.url).searchParams.get('schema');
  const other = new pg.Client({ connectionString: schema.url.split('?')[0] });
  await other.connect();
  try {
    await other.query(`BEGIN; LOCK TABLE "${name}".head IN ACCESS EXCLUSIVE MODE`);
    await refusedAs(schema.url, 'unreachable', /end its transaction/);
  } finally {
    await other.end();
  }
  await schema.query(`CREATE ROLE "${name}" LOGIN; GRANT ALL ON SCHEMA "${name}" TO "${name}"`);
  await schema.query(`GRANT ALL ON ALL TABLES IN SCHEMA "${name}" TO "${name}"`);
  await schema.query(`REVOKE ALL ON meta FROM "${name}"`);
  const url = changed(schema.url, (at) => {
    at.username = `${name}`;
  });
  await refusedAs(url, 'forbidden', /permission denied for table meta.*ALTER TABLE … OWNER TO/);
  await schema.query(`DROP OWNED BY "${name}"; DROP ROLE "${name}"`);
  await begun(schema);
});

test('a newer hostbeat wrote it', async ({ schema }) => {
  await begun(schema);
  await schema.query(`INSERT INTO migrations VALUES (99, 'unknown', '0099_later')`);
  await refusedAs(schema.url, 'newer', /newer hostbeat/);
});

test('it was migrated or restored in part', async ({ schema }) => {
  await begun(schema);
  await schema.query('DROP TABLE instance_actions');
  await refusedAs(schema.url, 'damaged', /lacks instance_actions/);
  await schema.query('DELETE FROM migrations WHERE n = 0');
  await refusedAs(schema.url, 'damaged', /in part only/);
});

test('another process has the database: the second is refused, the first continues', async ({ schema }) => {
  const first = await openPostgres(schema.url, options);
  try {
    await refusedAs(
      schema.url,
      'locked',
      /in use by another hostbeat \(session \d+, from .*needs it for itself/,
    );
    assert.is(first.store.trouble(), undefined);
    await first.store.writeLastSeen([]);
  } finally {
    await first.close();
  }
  await begun(schema);
});

test('a URL that says too little, too much or nonsense', async () => {
  for (const [url, words] of [
    ['postgres://u@/d', /no valid host/],
    ['postgres://h/d', /names no user/],
    ['postgres://u@h', /names no database/],
    ['postgres://u:sesame@h/d?sslmod=x', /unknown parameter "sslmod"/],
    ['postgres://u:sesame@h/d?sslmode=perhaps', /must be one of disable, require/],
    ['postgres://u@h/d?schema=A%20b', /schema whose name is not plain/],
    ['postgres://u@h/d?sslrootcert=/nowhere.pem', /cannot be read \(ENOENT\)/],
    [
      'postgres://u@h/d?sslrootcert=/etc/hostname',
      /names the certificates \/etc\/hostname, which holds none/,
    ],
    [
      'postgres://u@h/d?passwordfile=/nowhere',
      /names the password \/nowhere, which cannot be read \(ENOENT\)/,
    ],
    ['postgres://u@h/d?passwordfile=/dev/null', /which holds none/],
    ['postgres://u:sesame@h/d?passwordfile=/nowhere', /has a password and names a file with one/],
    ['postgres://u@h:99999/d', /ports end at 65535/],
  ] as const)
    await refusedAs(url, 'unsupported', words);
});

if (hasPostgres('what is refused')) test.run();
