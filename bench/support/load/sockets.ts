/**
 * The load generator, a process of its own: opens many raw TCP WebSockets, subscribes each, and notes when each `event`
 * frame arrived. Controlled over IPC; see `Generator`.
 */
import { connect, type Socket } from 'node:net';
import { FrameReader, pongFrame, textFrame, upgradeRequest } from './frames.ts';

export interface OpenRequest {
  readonly do: 'open';
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly subprotocol: string;
  /** One socket for each token; an empty text sends none. */
  readonly tokens: readonly string[];
  /** Sent once the socket is open; the socket counts as ready at the first frame that contains `ready`. */
  readonly subscribe: string;
  readonly ready: string;
}
/** Forget earlier arrivals. */
export interface ClearRequest {
  readonly do: 'clear';
}
/** Answer when `count` events arrived since the last clear, or when `ms` have passed. */
export interface CollectRequest {
  readonly do: 'collect';
  readonly count: number;
  readonly ms: number;
}
/** Answer when nothing has arrived for `ms`. */
export interface SettleRequest {
  readonly do: 'settle';
  readonly ms: number;
}
/** Stop reading on every n-th socket, as a client does that hangs. */
export interface StallRequest {
  readonly do: 'stall';
  readonly every: number;
}
export type Request = OpenRequest | ClearRequest | CollectRequest | SettleRequest | StallRequest;

export interface Collected {
  /** Arrival of each event, ms on the machine's monotonic clock. */
  readonly arrivals: readonly number[];
  /** Size of their texts together. */
  readonly bytes: number;
  readonly closed: number;
}

/** One buffer for all sockets: a buffer for each chunk would cost more than reading it. */
const shared = Buffer.allocUnsafe(256 * 1024);
const arrivals: number[] = [];
let bytes = 0;
const open = new Set<Socket>();
let closed = 0;
let waiting: { count: number; done: () => void } | undefined;

/** Milliseconds of CLOCK_MONOTONIC: the same in every process of this machine. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function openOne(request: OpenRequest, token: string): Promise<void> {
  return new Promise((ready, failed) => {
    const { host, port } = request;
    const socket = connect({ host, port, noDelay: true, onread: { buffer: shared, callback: received } });
    const subscribe = textFrame(request.subscribe);
    const mark = Buffer.from(request.ready);
    let upgraded = false;
    let isReady = false;
    const reader = new FrameReader({
      text: (payload) => {
        // `{"type":"ev…`: an event, the usual case, is recognised by its tenth byte.
        if (isReady && payload[9] === 0x65 && payload[10] === 0x76) {
          arrivals.push(now());
          bytes += payload.length;
          if (waiting !== undefined && arrivals.length >= waiting.count) waiting.done();
        } else if (!isReady && payload.includes(mark)) {
          isReady = true;
          ready();
        }
      },
      ping: (payload) => socket.write(pongFrame(payload)),
      close: () => socket.end(),
    });
    socket.on('connect', () =>
      socket.write(
        upgradeRequest(
          `${request.host}:${request.port}`,
          request.path,
          request.subprotocol,
          token || undefined,
        ),
      ),
    );
    /** Every socket reads into the same memory: parts that are kept are copied. */
    function received(length: number): boolean {
      const chunk = shared.subarray(0, length);
      if (upgraded) {
        reader.push(chunk);
        return true;
      }
      const end = chunk.indexOf('\r\n\r\n');
      if (end < 0 || !chunk.subarray(0, 12).includes('101')) {
        failed(new Error(chunk.toString('latin1', 0, 200)));
        return true;
      }
      upgraded = true;
      socket.write(subscribe);
      if (end + 4 < chunk.length) reader.push(chunk.subarray(end + 4));
      return true;
    }
    socket.on('error', failed);
    socket.on('close', () => {
      open.delete(socket);
      closed += 1;
    });
    open.add(socket);
  });
}

async function answer(request: Request): Promise<unknown> {
  if (request.do === 'open') {
    const queue = [...request.tokens];
    const worker = async () => {
      for (let token = queue.pop(); token !== undefined; token = queue.pop()) await openOne(request, token);
    };
    await Promise.all(Array.from({ length: 64 }, worker));
    return open.size;
  }
  if (request.do === 'clear') {
    arrivals.length = 0;
    bytes = 0;
    return true;
  }
  if (request.do === 'stall') {
    let stalled = 0;
    for (const [n, socket] of [...open].entries()) {
      if (n % request.every !== 0) continue;
      socket.pause();
      stalled += 1;
    }
    return stalled;
  }
  if (request.do === 'settle') {
    for (let seen = -1; seen !== arrivals.length; ) {
      seen = arrivals.length;
      await new Promise((then) => setTimeout(then, request.ms));
    }
    return { arrivals: [...arrivals], bytes, closed } satisfies Collected;
  }
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, request.ms);
    function done() {
      clearTimeout(timer);
      waiting = undefined;
      resolve();
    }
    if (arrivals.length >= request.count) done();
    else waiting = { count: request.count, done };
  });
  return { arrivals: [...arrivals], bytes, closed } satisfies Collected;
}

process.on('message', (request: Request) => {
  answer(request).then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit(0));
