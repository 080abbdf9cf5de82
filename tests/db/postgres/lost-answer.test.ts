/** The look for a commit whose answer was lost: whatever fails in it, no answer says that nothing was changed. */
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lookForCommit } from '../../../db/postgres/commit/lost-answer.ts';
import type { Client } from '../../../db/postgres/connection/driver.ts';
import type { Writer } from '../../../db/postgres/connection/writer.ts';

const test = suite('a commit whose answer was lost');

const ROW = { stream: 'hosts', seq: 1, at: 0, items: '[]', entry: 1 };
const cause = new Error('the connection was terminated');

function failure(code: string): Error {
  return Object.assign(new pg.DatabaseError('refused', 7, 'error'), { code });
}

/** A connection whose looks end as listed, each with an error or as found. */
function look(...ends: readonly (Error | 'found')[]) {
  const left = [...ends];
  let now: Error | 'found' | undefined;
  const client = {
    async query({ text }: { readonly text: string }) {
      if (text === 'BEGIN') now = left.shift();
      if (now instanceof Error && text.includes('FOR UPDATE')) throw now;
      return { rows: text.includes('FROM log') ? [ROW] : [], rowCount: 1 };
    },
  } as unknown as Client;
  const lost: unknown[] = [];
  const writer = {
    ready: async () => client,
    lost: (_: Client, error: unknown) => void lost.push(error),
  } as unknown as Writer;
  const found = lookForCommit({ writer, node: 1, nonce: 1, logUpTo: 0, upTo: 1 }, cause);
  return { found, lost, left };
}

test('a lock on the head row: it looks again', async () => {
  const { found, lost, left } = look(failure('55P03'), failure('55P03'), 'found');
  assert.equal(await found, [ROW]);
  assert.equal([lost, left], [[], []]);
});

test('a connection that is lost too: it looks again on the next one', async () => {
  const terminated = failure('57P01');
  const { found, lost } = look(terminated, 'found');
  assert.equal(await found, [ROW]);
  assert.equal(lost, [terminated]);
});

test('any other error: the answer says that the change may be stored or not', async () => {
  for (const code of ['42501', '53100', '40001']) {
    const { code: answered, message } = await look(failure(code)).found.then(
      () => ({ code: 'found', message: '' }),
      (error) => error,
    );
    assert.is(answered, 'unavailable');
    assert.match(message, /may be stored or not/);
  }
});

test.run();
