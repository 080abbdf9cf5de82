/**
 * The baseline of fan-out: a server that keeps no state, checks nobody and logs nothing. `PUT /fire` writes one frame
 * to every socket, `frames` times in one turn: framed once for all (`prepared`), framed once and joined into one write
 * (`joined`), or handed to `ws` for each (`plain`). It answers pings as `ws` does and sends none.
 */
import { createServer } from 'node:http';
// @ts-expect-error the types of ws leave out Sender
import { Sender, type WebSocket, WebSocketServer } from 'ws';

const [mode = 'prepared', size = '2600', frames = '1'] = process.argv.slice(2);
const times = Number(frames);
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
const joined = Buffer.concat(Array<Buffer>(times).fill(frame));
type Wired = WebSocket & { _socket: { write(bytes: Buffer): void } };

const http = createServer((_request, response) => {
  if (mode === 'joined') for (const socket of wss.clients) (socket as Wired)._socket.write(joined);
  else {
    for (let turn = 0; turn < times; turn += 1) {
      for (const socket of wss.clients) {
        if (mode === 'plain') socket.send(body);
        else (socket as Wired)._socket.write(frame);
      }
    }
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
