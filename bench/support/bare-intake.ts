/** The baseline of intake: a Hono route and a `ws` server that parse a batch of reports, count it and keep nothing. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { WebSocketServer } from 'ws';

const app = new Hono().post('/v1/reports', async (c) => {
  const { reports } = await c.req.json<{ reports: unknown[] }>();
  return c.json({ accepted: reports.length, rejected: [], services: [] });
});
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
);
const wss = new WebSocketServer({ server: server as never, perMessageDeflate: false });
wss.on('connection', (socket) => {
  socket.send('{"type":"welcome"}');
  socket.on('message', (data) => {
    const { reports } = JSON.parse(String(data)) as { reports: unknown[] };
    socket.send(JSON.stringify({ type: 'reported', accepted: reports.length, rejected: [], services: [] }));
  });
});
process.on('disconnect', () => process.exit(0));
