/** The migration that numbers what `unknown-only` shows gives an earlier log the numbers that the rule gives. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openClient } from '../../../db/sqlite/file/client.ts';
import { asExpected, earlierLog, insertsOf, migrationsOf } from './earlier-log.ts';

const test = suite('second numbers of an earlier log');

test('the fill in SQL numbers what the rule shows, and nothing else', () => {
  const { earlier, numbering } = migrationsOf('sqlite');
  fc.assert(
    fc.property(earlierLog, (log) => {
      const client = openClient(':memory:');
      client.pragma('foreign_keys = OFF');
      for (const statement of [...earlier, ...insertsOf(log, false), ...numbering]) client.exec(statement);
      const found = {
        log: client.prepare('SELECT id, unknown_seq AS n FROM log ORDER BY id').all(),
        streams: client
          .prepare('SELECT name, unknown_head AS head, unknown_entry AS entry FROM streams ORDER BY name')
          .all(),
        webhooks: client
          .prepare('SELECT project_id AS project, unknown_seq AS seq FROM webhooks ORDER BY project_id')
          .all(),
      };
      client.close();
      assert.equal(found, asExpected(log));
    }),
    { numRuns: 60 },
  );
});

test.run();
