/** Sends ready-made batches of reports over raw connections for a while. The server itself says how many it took. */
import { connect, type Socket } from 'node:net';
import { now } from '../site.ts';
import { cpuSeconds } from '../target.ts';
import { FrameReader, textFrame, upgradeRequest } from './frames.ts';

export interface Intake {
  readonly reports: number;
  readonly seconds: number;
  /** Processor time of the server in that time. */
  readonly cpu: number;
  /** Milliseconds from a batch's first byte to its answer, if each was waited for. */
  readonly latencies: readonly number[];
}

export interface Load {
  readonly url: URL;
  readonly pid: number;
  readonly token: string;
  /** JSON bodies, `{"reports":[…]}`, distributed over the connections. */
  readonly batches: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** How many reports the server says it has taken. */
  readonly taken: () => Promise<number>;
  /** Whether the server answers each batch. Then no more than UNDER_WAY reports are without their answer. */
  readonly answers: boolean;
}

const UNDER_WAY = 3_200_000;

/** Sends the next request when the last one was answered. */
export async function overHttp(load: Load): Promise<Intake> {
  const { url, token } = load;
  const requests = load.batches.map((body) =>
    Buffer.from(
      `POST /v1/reports HTTP/1.1\r\nHost: ${url.host}\r\nX-Auth-Token: ${token}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    ),
  );
  const sockets = await openAll(load, async () => {});
  return asked(load, sockets, requests, (socket, answered) => {
    let missing = 0;
    socket.on('data', (chunk: Buffer) => {
      if (missing > 0) {
        missing -= chunk.length;
      } else {
        const head = chunk.indexOf('\r\n\r\n');
        const length = /content-length: (\d+)/i.exec(chunk.toString('latin1', 0, head))?.[1];
        if (length === undefined || !chunk.includes('HTTP/1.1 200'))
          throw new Error(chunk.toString('utf8', 0, 400));
        missing = Number(length) - (chunk.length - head - 4);
      }
      if (missing === 0) answered();
    });
  });
}

/** Sends the next frame when the last one was answered: many agents with few reports each. */
export async function overSocketsInTurn(load: Load): Promise<Intake> {
  const frames = load.batches.map((body) => textFrame(body.replace('{', '{"type":"report","seq":1,')));
  const answers = new Map<Socket, () => void>();
  const sockets = await openAll(load, (socket) =>
    upgraded(load, socket, (payload) => {
      if (payload.includes('"accepted"')) answers.get(socket)?.();
    }),
  );
  return asked(load, sockets, frames, (socket, answered) => answers.set(socket, answered));
}

/** Sends frame after frame, as fast as the server reads: the most that it can take. */
export async function overSocketsAtOnce(load: Load, size: number): Promise<Intake> {
  const frames = load.batches.map((body) => textFrame(body.replace('{', '{"type":"report",')));
  const window = UNDER_WAY / load.connections;
  const share = Math.min(Math.ceil(frames.length / load.connections), Math.ceil(window / 4 / size));
  const underWay = new Map<Socket, number>();
  const senders = new Map<Socket, () => void>();
  const sockets = await openAll(load, async (socket) => {
    await upgraded(load, socket, () => {});
    socket.removeAllListeners('data');
    const answers = new Answers((accepted) => {
      underWay.set(socket, (underWay.get(socket) ?? 0) - accepted);
    });
    socket.on('data', (chunk: Buffer) => {
      answers.push(chunk);
      senders.get(socket)?.();
    });
  });
  let running = true;
  const used = cpuSeconds(load.pid);
  const before = await load.taken();
  const start = now();
  for (const [n, socket] of sockets.entries()) {
    const own = Buffer.concat(
      Array.from({ length: share }, (_, k) => frames[(n * share + k) % frames.length] ?? Buffer.alloc(0)),
    );
    const isFull = () => load.answers && (underWay.get(socket) ?? 0) + share * size > window;
    const send = () => {
      while (running && !socket.writableNeedDrain && !isFull()) {
        socket.write(own);
        underWay.set(socket, (underWay.get(socket) ?? 0) + share * size);
      }
    };
    senders.set(socket, send);
    socket.on('drain', send);
    send();
  }
  await new Promise((then) => setTimeout(then, load.seconds * 1000));
  const reports = (await load.taken()) - before;
  const seconds = (now() - start) / 1000;
  const cpu = cpuSeconds(load.pid) - used;
  running = false;
  // Closing drops what is still in the kernel's buffers: otherwise the next pass would wait until it is read.
  for (const socket of sockets) socket.resetAndDestroy();
  return { reports, seconds, cpu, latencies: [] };
}

/** Reads the beginning of each answer and skips the rest, so that reading is less of what is measured. */
class Answers {
  static readonly #ENOUGH = 80;
  #head: Buffer = Buffer.alloc(0);
  #passing = 0;
  readonly #accepted: (reports: number) => void;

  constructor(accepted: (reports: number) => void) {
    this.#accepted = accepted;
  }

  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#passing > 0) {
        const passed = Math.min(this.#passing, rest.length);
        this.#passing -= passed;
        rest = rest.subarray(passed);
        continue;
      }
      const bytes = this.#head.length === 0 ? rest : Buffer.concat([this.#head, rest]);
      const frame = bytes.length < 10 ? undefined : lengthsOf(bytes);
      if (frame === undefined || bytes.length < frame.head + Math.min(frame.payload, Answers.#ENOUGH)) {
        this.#head = Buffer.from(bytes);
        return;
      }
      const text = bytes.toString('latin1', frame.head, frame.head + Answers.#ENOUGH);
      if (bytes[0] === 0x88) throw new Error(`closed with ${bytes.readUInt16BE(frame.head)}`);
      this.#accepted(Number(/"accepted":(\d+)/.exec(text)?.[1] ?? 0));
      this.#head = Buffer.alloc(0);
      this.#passing = frame.head + frame.payload;
      rest = bytes;
    }
  }
}

function lengthsOf(bytes: Buffer): { readonly head: number; readonly payload: number } {
  const short = (bytes[1] ?? 0) & 0x7f;
  if (short < 126) return { head: 2, payload: short };
  if (short === 126) return { head: 4, payload: bytes.readUInt16BE(2) };
  return { head: 10, payload: Number(bytes.readBigUInt64BE(2)) };
}

async function openAll(
  { url, connections }: Load,
  begin: (socket: Socket) => Promise<void>,
): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(Number(url.port), url.hostname);
      socket.setNoDelay(true);
      await new Promise((open, failed) => socket.once('connect', open).once('error', failed));
      await begin(socket);
      return socket;
    }),
  );
}

/** Resolves when the server has sent welcome. */
function upgraded({ url, token }: Load, socket: Socket, text: (payload: Buffer) => void): Promise<void> {
  socket.write(upgradeRequest(url.host, '/v1/agent', 'hostbeat-agent.v1', token));
  return new Promise((ready) => {
    let open = false;
    const reader = new FrameReader({
      text: (payload) => (payload.includes('"welcome"') ? ready() : text(payload)),
      ping: () => undefined,
      close: (code) => {
        throw new Error(`closed with ${code}`);
      },
    });
    socket.on('data', (chunk: Buffer) => {
      if (open) return reader.push(chunk);
      open = true;
      const end = chunk.indexOf('\r\n\r\n') + 4;
      if (!chunk.includes('101')) throw new Error(chunk.toString('latin1', 0, 300));
      if (end < chunk.length) reader.push(chunk.subarray(end));
    });
  });
}

async function asked(
  { pid, seconds, taken }: Load,
  sockets: readonly Socket[],
  messages: readonly Buffer[],
  listen: (socket: Socket, answered: () => void) => void,
): Promise<Intake> {
  const latencies: number[] = [];
  let running = true;
  const starters = sockets.map((socket, n) => {
    let turn = n;
    let sent = 0;
    const send = () => {
      sent = now();
      socket.write(messages[turn % messages.length] ?? Buffer.alloc(0));
      turn += sockets.length;
    };
    listen(socket, () => {
      latencies.push(now() - sent);
      if (running) send();
    });
    return send;
  });
  const used = cpuSeconds(pid);
  const before = await taken();
  const start = now();
  for (const send of starters) send();
  await new Promise((then) => setTimeout(then, seconds * 1000));
  running = false;
  const reports = (await taken()) - before;
  const elapsed = (now() - start) / 1000;
  const cpu = cpuSeconds(pid) - used;
  for (const socket of sockets) socket.destroy();
  return { reports, seconds: elapsed, cpu, latencies };
}
