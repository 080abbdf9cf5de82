/**
 * The baseline of fan-out: a server without state, checks or logs. `PUT /fire` writes one frame to every socket,
 * `frames` times in one turn: framed once for all (`prepared`), framed once and joined into one write (`joined`), or
 * handed to `ws` for each (`plain`). It answers pings as `ws` does and sends none, unless it is `beating`: then it also
 * writes as often as hostbeat does to a quiet socket, one ready frame every 5 s and a ping every 25 s, a slice of the
 * sockets at a time.
 */
import { createServer } from 'node:http';
// @ts-expect-error the types of ws leave out Sender
import { Sender, type WebSocket, WebSocketServer } from 'ws';

const HEALTH_MS = 5_000;
const STEPS = 50;
const HEALTH_FOR_A_PING = 5;
const HEALTH_BYTES = 180;

const [mode = 'prepared', size = '2600', frames = '1'] = process.argv.slice(2);
const times = Number(frames);
const body = '{"type":"event","id":"1","stream":"project","seq":1,"items":""}'.replace('""', filled);
const frame = framed(body);
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

/** The text in it makes the whole as long as asked for. */
function filled(_empty: string, _at: number, whole: string): string {
  return `"${'x'.repeat(Math.max(0, Number(size) - whole.length))}"`;
}

function framed(text: string): Buffer {
  const options = { fin: true, opcode: 1, mask: false, readOnly: true, rsv1: false };
  return Buffer.concat(Sender.frame(Buffer.from(text), options));
}

if (mode === 'beating') {
  const health = framed(`{"type":"health","observer":"ok","subscriptions":"${'x'.repeat(HEALTH_BYTES)}"}`);
  const withPing = Buffer.concat([Buffer.from([0x89, 0]), health]);
  let step = 0;
  setInterval(() => {
    const sockets = [...wss.clients] as Wired[];
    const slice = (n: number) => Math.floor((n * sockets.length) / STEPS);
    const at = step % STEPS;
    for (let n = slice(at); n < slice(at + 1); n += 1) {
      const pings = (n + Math.floor(step / STEPS)) % HEALTH_FOR_A_PING === 0;
      sockets[n]?._socket.write(pings ? withPing : health);
    }
    step += 1;
  }, HEALTH_MS / STEPS);
}
