/** The same migration on PostgreSQL gives an earlier log the numbers that the rule gives. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshSchema, hasPostgres } from '../../support/postgres/stores.ts';
import { asExpected, earlierLog, insertsOf, migrationsOf } from './earlier-log.ts';

const test = suite('second numbers of an earlier log on PostgreSQL');

test('the fill in SQL numbers what the rule shows, and nothing else', async () => {
  const { earlier, numbering } = migrationsOf('postgres');
  await fc.assert(
    fc.asyncProperty(earlierLog, async (log) => {
      const schema = freshSchema();
      try {
        await schema.query(`CREATE SCHEMA "${new URL(schema.url).searchParams.get('schema')}"`);
        const statements = [...earlier, ...insertsOf(log, true), ...numbering];
        await schema.query(statements.map((one) => one.trim().replace(/;$/, '')).join(';\n'));
        const rows = async (text: string) => (await schema.query(text)).rows;
        const found = {
          log: await rows('SELECT id::int, unknown_seq::int AS n FROM log ORDER BY id'),
          streams: await rows(
            'SELECT name, unknown_head::int AS head, unknown_entry::int AS entry FROM streams ORDER BY name COLLATE "C"',
          ),
          webhooks: await rows(
            'SELECT project_id AS project, unknown_seq::int AS seq FROM webhooks ORDER BY project_id',
          ),
        };
        assert.equal(found, asExpected(log));
      } finally {
        await schema.drop();
      }
    }),
    { numRuns: 15 },
  );
});

if (hasPostgres('second numbers of an earlier log')) test.run();
