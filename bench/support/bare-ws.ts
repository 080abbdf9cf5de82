/**
 * The baseline of fan-out: a server that keeps no state, checks nobody and logs nothing. `PUT /fire` writes one frame
 * to every socket: framed once for all (`prepared`), or handed to `ws` for each (`plain`).
 */
import { createServer } from 'node:http';
// @ts-expect-error the types of ws leave out Sender
import { Sender, type WebSocket, WebSocketServer } from 'ws';

const [mode = 'prepared', size = '2600'] = process.argv.slice(2);
const body = `{"type":"event","id":"1","stream":"project","seq":1,"items":"${'x'.repeat(Number(size))}"}`;
const frame = Buffer.concat(
  Sender.frame(Buffer.from(body), {
    fin: true,
    opcode: 1,
    mask: false,
    readOnly: true,
    rsv1: false,
  }),
);
const http = createServer((_request, response) => {
  for (const socket of wss.clients) {
    if (mode === 'plain') socket.send(body);
    else (socket as WebSocket & { _socket: { write(bytes: Buffer): void } })._socket.write(frame);
  }
  response.end('{}');
});
const wss = new WebSocketServer({ server: http, perMessageDeflate: false });
wss.on('connection', (socket) => socket.on('message', () => socket.send('{"type":"synced"}')));
http.listen(0, '127.0.0.1', 4096, () => {
  const address = http.address();
  if (typeof address === 'object' && address !== null) console.log(`http://127.0.0.1:${address.port}`);
});
process.on('disconnect', () => process.exit(0));
