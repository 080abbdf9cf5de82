/** `/v1/nodes`: what one node says of all. */
import { Hono } from 'hono';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createNodes, type NodesContext } from '../../../server/api/nodes.ts';
import type { Env } from '../../../server/identity/middleware.ts';
import { anAdmin } from '../../support/identity.ts';

const test = suite('/v1/nodes');

const everybody = { allows: () => true } as unknown as NodesContext['policy'];

async function ask(context: Partial<NodesContext>) {
  const app = new Hono<Env>()
    .use(async (c, next) => {
      c.set('identity', anAdmin());
      await next();
    })
    .route('/', createNodes({ policy: everybody, ...context }));
  return (await app.request('/nodes')).json();
}

const self = { id: 7, leads: true, tail: 40, state: 'live', heardMsAgo: 0 } as const;
const behind = { id: 9, leads: false, tail: 12, state: 'leaving', heardMsAgo: 300 } as const;
const nodes: NonNullable<NodesContext['nodes']> = {
  status: () => ({ self, nodes: [self, { ...behind, differs: ['service_down_time'] }] }),
  entries: async () => [{ id: 7, name: 'one', version: '1', startedAt: 0 }] as never,
};

test('each node says how far behind the furthest it is, and what is wrong with it', async () => {
  const { self: answering, nodes: all } = await ask({ nodes });
  assert.is(answering, 7);
  assert.equal(
    all.map((one: Record<string, unknown>) => [one.id, one.name, one.state, one.commit, one.behind]),
    [
      [7, 'one', 'live', 40, 0],
      [9, null, 'leaving', 12, 28],
    ],
  );
  assert.is(all[0].trouble, null);
  assert.match(all[1].trouble, 'service_down_time');
});

test('nodes are listed also while the set-up of the database cannot be read', async () => {
  const databaseReport = () => Promise.reject(new Error('away'));
  assert.is((await ask({ nodes, databaseReport })).database, null);
  const report = { version: '15.1', remarks: [{ verdict: 'note', words: 'w' }] } as never;
  assert.equal((await ask({ nodes, databaseReport: async () => report })).database, report);
});

test('one process that uses its database alone has no nodes', async () => {
  assert.equal(await ask({}), { self: null, nodes: [], database: null });
});

test.run();
