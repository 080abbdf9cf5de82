/**
 * The baselines of intake: a Hono route and a `ws` server that parse a batch of reports and move the deadline of each
 * service, on the same frameworks and without anything else: no identity, no check, no flags, no answer but a count.
 * `GET /count` returns how many reports were taken.
 */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { WebSocketServer } from 'ws';

interface Batch {
  readonly reports: readonly { readonly host: string; readonly binary: string }[];
}

const DOWN_TIME = 60_000;
const slots = new Map<string, number>();
let deadlines = new Float64Array(1_024);
let taken = 0;

function take({ reports }: Batch): number {
  const deadline = performance.now() + DOWN_TIME;
  for (const { host } of reports) {
    let slot = slots.get(host);
    if (slot === undefined) {
      slot = slots.size;
      slots.set(host, slot);
      if (slot === deadlines.length) {
        const wider = new Float64Array(2 * slot);
        wider.set(deadlines);
        deadlines = wider;
      }
    }
    deadlines[slot] = deadline;
  }
  taken += reports.length;
  return reports.length;
}

const app = new Hono()
  .post('/v1/reports', async (c) => c.json({ accepted: take(await c.req.json<Batch>()) }))
  .get('/count', (c) => c.text(String(taken)));
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
);
const wss = new WebSocketServer({ server: server as never, perMessageDeflate: false });
wss.on('connection', (socket) => {
  socket.send('{"type":"welcome"}');
  socket.on('message', (data) => {
    const batch = JSON.parse(String(data)) as Batch & { readonly seq?: number };
    const accepted = take(batch);
    // Only clients that wait for an answer get one.
    if (batch.seq !== undefined) socket.send(`{"type":"reported","accepted":${accepted}}`);
  });
});
process.on('disconnect', () => process.exit(0));
