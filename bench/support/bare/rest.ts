/**
 * The baselines of REST, on the same file as ours: a Hono route with a little JSON, one that reads a row and writes it
 * as it is, and how often a second a thousand rows are read and made JSON when nothing else runs.
 */
import { serve } from '@hono/node-server';
import Database from 'better-sqlite3';
import { Hono } from 'hono';

/** How long `/loop` reads, unless its `ms` says otherwise. */
const LOOP_MS = 2_000;

const database = new Database(process.argv[2] ?? '', { readonly: true });
database.pragma('cache_size = -65536');
const one = database.prepare('SELECT * FROM instances WHERE id = ?');
const page = database.prepare(
  'SELECT * FROM instances WHERE deleted_at IS NULL ORDER BY created_at DESC, id LIMIT 1000',
);

const app = new Hono()
  .get('/json', (c) => c.json({ status: 'ok' }))
  .get('/rows/:id', (c) => c.json(one.get(c.req.param('id')) as object))
  .get('/loop', (c) => {
    const time = Number(c.req.query('ms') ?? LOOP_MS);
    const start = performance.now();
    let pages = 0;
    let bytes = 0;
    for (; performance.now() - start < time; pages += 1) bytes += JSON.stringify(page.all()).length;
    return c.json({
      pages,
      pages_a_second: (pages / (performance.now() - start)) * 1000,
      bytes: bytes / pages,
    });
  });
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
);
process.on('disconnect', () => process.exit(0));
