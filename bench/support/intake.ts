/** Sends ready-made batches of reports over raw connections, the next when the last was answered, for a while. */
import { connect, type Socket } from 'node:net';
import { FrameReader, textFrame, upgradeRequest } from './frames.ts';
import { now } from './site.ts';

export interface Intake {
  readonly reports: number;
  readonly seconds: number;
  /** Milliseconds from a batch's first byte to its answer. */
  readonly latencies: readonly number[];
}

/** `batches` are dealt round to the connections. */
export async function overHttp(
  url: URL,
  token: string,
  batches: readonly string[],
  size: number,
  connections: number,
  seconds: number,
): Promise<Intake> {
  const requests = batches.map((body) =>
    Buffer.from(
      `POST /v1/reports HTTP/1.1\r\nHost: ${url.host}\r\nX-Auth-Token: ${token}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    ),
  );
  const accepted = Buffer.from(`"accepted":${size}`);
  return drive(url, requests, size, connections, seconds, (socket, answered) => {
    socket.on('data', (chunk: Buffer) => {
      if (chunk.includes(accepted)) answered();
      else if (chunk.includes('HTTP/1.1 4') || chunk.includes('HTTP/1.1 5'))
        throw new Error(chunk.toString('utf8', 0, 400));
    });
    return Promise.resolve();
  });
}

export async function overSockets(
  url: URL,
  token: string,
  batches: readonly string[],
  size: number,
  connections: number,
  seconds: number,
): Promise<Intake> {
  const frames = batches.map((body) => textFrame(body.replace('{', '{"type":"report",')));
  const accepted = Buffer.from(`"accepted":${size}`);
  return drive(url, frames, size, connections, seconds, (socket, answered) => {
    socket.write(upgradeRequest(url.host, '/v1/agent', 'hostbeat-agent.v1', token));
    return new Promise((ready) => {
      let upgraded = false;
      const reader = new FrameReader({
        text: (payload) => {
          if (payload.includes(accepted)) answered();
          else if (payload.includes('welcome')) ready();
        },
        ping: () => undefined,
        close: (code) => {
          throw new Error(`closed with ${code}`);
        },
      });
      socket.on('data', (chunk: Buffer) => {
        if (upgraded) return reader.push(chunk);
        upgraded = true;
        const end = chunk.indexOf('\r\n\r\n') + 4;
        if (!chunk.includes('101')) throw new Error(chunk.toString('latin1', 0, 300));
        if (end < chunk.length) reader.push(chunk.subarray(end));
      });
    });
  });
}

async function drive(
  url: URL,
  messages: readonly Buffer[],
  size: number,
  connections: number,
  seconds: number,
  begin: (socket: Socket, answered: () => void) => Promise<void>,
): Promise<Intake> {
  const latencies: number[] = [];
  const sockets: Socket[] = [];
  const starters: (() => void)[] = [];
  let running = true;
  await Promise.all(
    Array.from({ length: connections }, async (_, n) => {
      const socket = connect(Number(url.port), url.hostname);
      socket.setNoDelay(true);
      sockets.push(socket);
      await new Promise((open) => socket.once('connect', open));
      let turn = n;
      let sent = 0;
      const send = () => {
        sent = now();
        socket.write(messages[turn % messages.length] ?? Buffer.alloc(0));
        turn += connections;
      };
      await begin(socket, () => {
        latencies.push(now() - sent);
        if (running) send();
      });
      starters.push(send);
    }),
  );
  const start = now();
  for (const send of starters) send();
  await new Promise((then) => setTimeout(then, seconds * 1000));
  running = false;
  const elapsed = (now() - start) / 1000;
  const answered = [...latencies];
  for (const socket of sockets) socket.destroy();
  return { reports: answered.length * size, seconds: elapsed, latencies: answered };
}
