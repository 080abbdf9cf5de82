/** The baseline of intake: a Hono route and a `ws` server that parse a batch of reports, answer as much and keep nothing. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { WebSocketServer } from 'ws';

interface Batch {
  readonly reports: readonly { readonly host: string; readonly binary: string }[];
}

/** As large as a real answer: an agent is told of each service whether it is fenced, and when to report next. */
function answer(reports: Batch['reports']) {
  const flags = { forced_down: false, disabled: false, interval_hint_ms: 10_000 };
  return {
    accepted: reports.length,
    rejected: [],
    services: reports.map((report) => ({ ...report, ...flags })),
  };
}

const app = new Hono().post('/v1/reports', async (c) => {
  const { reports } = await c.req.json<Batch>();
  return c.json(answer(reports));
});
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
);
const wss = new WebSocketServer({ server: server as never, perMessageDeflate: false });
wss.on('connection', (socket) => {
  socket.send('{"type":"welcome"}');
  socket.on('message', (data) => {
    const { reports } = JSON.parse(String(data)) as Batch;
    socket.send(JSON.stringify({ type: 'reported', ...answer(reports) }));
  });
});
process.on('disconnect', () => process.exit(0));
