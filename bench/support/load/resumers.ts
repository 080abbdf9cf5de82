/**
 * Clients that come back, in a process of their own: each keeps its cursor, reconnects with the jitter that the
 * protocol requires, resumes, and checks its numbers for holes. Controlled over IPC, as the generator of `sockets.ts`.
 */
import { connect, type Socket } from 'node:net';
import { FrameReader, pongFrame, textFrame, upgradeRequest } from './frames.ts';

export interface Resumed {
  /** How many are synced now. */
  readonly synced: number;
  readonly clients: number;
  /** When the last of them was synced, ms on the machine's monotonic clock. */
  readonly lastSynced: number;
  /** Numbers that were left out, clients that were reset, and the newest number of each client. */
  readonly holes: number;
  readonly resets: number;
  readonly least: number;
  readonly most: number;
  /** Arrivals of events since the last look, on sockets that were synced. */
  readonly arrivals: readonly number[];
}

const [host = '', port = '', ...tokens] = process.argv.slice(2);
const FIRST_RETRY_MS = 2_000;
const BASE_MS = 500;
const MOST_MS = 30_000;

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

let lastSynced = 0;
let holes = 0;
let resets = 0;
let arrivals: number[] = [];

class Resumer {
  readonly #token: string;
  #cursor: string | undefined;
  seq = 0;
  synced = false;
  #attempt = 0;

  constructor(token: string) {
    this.#token = token;
    this.#open();
  }

  #open(): void {
    const socket = connect(Number(port), host);
    socket.setNoDelay(true);
    let upgraded = false;
    const reader = new FrameReader({
      text: (payload) => this.#heard(payload.toString('latin1')),
      ping: (payload) => socket.write(pongFrame(payload)),
      close: () => socket.destroy(),
    });
    socket.on('connect', () =>
      socket.write(upgradeRequest(`${host}:${port}`, '/v1/stream', 'hostbeat.v1', this.#token)),
    );
    socket.on('data', (chunk: Buffer) => {
      if (upgraded) return reader.push(chunk);
      if (!chunk.subarray(0, 12).includes('101')) return socket.destroy();
      upgraded = true;
      this.#subscribe(socket);
      const end = chunk.indexOf('\r\n\r\n') + 4;
      if (end < chunk.length) reader.push(chunk.subarray(end));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.synced = false;
      const most = this.#attempt === 0 ? FIRST_RETRY_MS : Math.min(MOST_MS, BASE_MS * 2 ** this.#attempt);
      this.#attempt += 1;
      setTimeout(() => this.#open(), Math.random() * most);
    });
  }

  #subscribe(socket: Socket): void {
    const cursor = this.#cursor === undefined ? {} : { cursor: this.#cursor };
    socket.write(textFrame(JSON.stringify({ type: 'subscribe', id: '1', ...cursor })));
  }

  #heard(text: string): void {
    if (text.startsWith('{"type":"event"')) {
      const seq = Number(/"seq":(\d+)/.exec(text)?.[1]);
      if (this.seq > 0 && seq > this.seq + 1) holes += seq - this.seq - 1;
      if (seq > this.seq) this.seq = seq;
      this.#cursor = /"cursor":"([^"]+)"/.exec(text)?.[1] ?? this.#cursor;
      if (this.synced) arrivals.push(now());
    } else if (text.startsWith('{"type":"synced"')) {
      const frame = JSON.parse(text);
      if (frame.how === 'reset') resets += 1;
      this.#cursor = frame.cursor;
      this.synced = true;
      this.#attempt = 0;
      lastSynced = now();
    }
  }
}

const clients: Resumer[] = [];
// Opened over two seconds, as independent clients are.
for (const token of tokens[0]?.split(',') ?? []) {
  const each = Number(tokens[1] ?? '1');
  for (let n = 0; n < each; n += 1) setTimeout(() => clients.push(new Resumer(token)), Math.random() * 2_000);
}

process.on('message', () => {
  const seqs = clients.map(({ seq }) => seq);
  const answer: Resumed = {
    synced: clients.filter(({ synced }) => synced).length,
    clients: clients.length,
    lastSynced,
    holes,
    resets,
    least: seqs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    most: seqs.reduce((a, b) => Math.max(a, b), 0),
    arrivals,
  };
  arrivals = [];
  process.send?.(answer);
});
process.on('disconnect', () => process.exit(0));
