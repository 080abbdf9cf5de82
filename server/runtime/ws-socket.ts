/**
 * Implements the hub's `Socket` port with `ws`. Each frame is made once, and its bytes go straight to the network
 * socket: `ws` would frame a text again for each connection, which is most of the cost of a fan-out.
 */
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { BrokenBy, Prepare, Prepared, SharedText, Socket, SocketEvents } from '../socket/socket.ts';

/** Unmasked, final text frames (RFC 6455, section 5.2), one after the other. */
class PreparedFrames implements Prepared {
  readonly texts: readonly string[];
  readonly wire: Buffer;
  #pinged: Buffer | undefined;

  constructor(texts: readonly string[]) {
    this.texts = texts;
    this.wire = texts.length === 1 ? framed(texts[0] as string) : Buffer.concat(texts.map(framed));
  }

  get bytes(): number {
    return this.wire.length;
  }

  /** The same frames, after a ping. */
  get pinged(): Buffer {
    this.#pinged ??= Buffer.concat([PING, this.wire]);
    return this.#pinged;
  }
}

/** The frame of a text with `more` bytes after it, without these. */
function framed(text: string, more = 0): Buffer {
  const own = Buffer.byteLength(text);
  const length = own + more;
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const wire = Buffer.allocUnsafe(head + own);
  wire[0] = 0x81;
  if (head === 2) {
    wire[1] = length;
  } else if (head === 4) {
    wire[1] = 126;
    wire.writeUInt16BE(length, 2);
  } else {
    wire[1] = 127;
    wire.writeBigUInt64BE(BigInt(length), 2);
  }
  wire.write(text, head);
  return wire;
}

export const prepare: Prepare = (...texts) => new PreparedFrames(texts);

export class WsSocket implements Socket {
  readonly #ws: WebSocket;
  readonly #wire: Duplex;
  /** The turn in which this socket was last written to. */
  #turn = 0;

  /** `wire` is the network (or TLS) socket that `ws` writes to, without extensions: nothing is compressed or queued above it. */
  constructor(ws: WebSocket, wire: Duplex) {
    this.#ws = ws;
    this.#wire = wire;
  }

  send(text: string): void {
    this.#put(framed(text));
  }

  sendShared({ head, middle, tail }: SharedText): void {
    const after = Buffer.from(tail);
    const pieces = [framed(head, middle.length + after.length), middle, after];
    // One write costs more than the copy of a short text.
    if (middle.length < COPIED) this.#put(Buffer.concat(pieces));
    else for (const piece of pieces) this.#put(piece);
  }

  write(frames: Prepared): void {
    this.#put((frames as PreparedFrames).wire);
  }

  get bufferedAmount(): number {
    return this.#wire.writableLength;
  }

  drained(then: () => void): void {
    if (this.#wire.writableLength === 0 || this.#wire.destroyed) setImmediate(then);
    // Writes are taken in order, so an empty one returns when all before it are done, or have failed.
    else this.#wire.write(NOTHING, () => then());
  }

  ping(and?: Prepared): void {
    this.#put(and === undefined ? PING : (and as PreparedFrames).pinged);
  }

  #put(bytes: Uint8Array): void {
    // Nothing may follow our close frame.
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    const turn = currentTurn();
    // Most sockets get one message per turn, and holding that back would delay it behind every other socket.
    if (this.#turn !== turn) this.#turn = turn;
    else if (this.#wire.writableCorked === 0) hold(this.#wire);
    this.#wire.write(bytes);
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason);
  }

  terminate(): void {
    this.#ws.terminate();
  }
}

/** Bytes of a shared text that are copied. */
const COPIED = 16_384;
const NOTHING = Buffer.alloc(0);
/** Without payload: any pong will do. */
const PING = Buffer.from([0x89, 0]);

/**
 * Everything after the first frame that a socket gets in one turn goes to the kernel in one call. Otherwise a burst of
 * a hundred frames is a hundred system calls on Node and Deno alike, and as many packets.
 */
const corked: Duplex[] = [];
let turns = 1;
let isTurnOpen = false;

function currentTurn(): number {
  if (!isTurnOpen) {
    isTurnOpen = true;
    queueMicrotask(endTurn);
  }
  return turns;
}

function hold(wire: Duplex): void {
  wire.cork();
  corked.push(wire);
}

function endTurn(): void {
  isTurnOpen = false;
  turns += 1;
  for (const wire of corked) wire.uncork();
  corked.length = 0;
}

/**
 * Passes on what the peer sends and how it ends. An error of the peer is part of the close that follows it.
 * @param wire the network socket: only it knows whether the connection was closed or reset
 */
export function listenTo(ws: WebSocket, events: SocketEvents, wire?: Duplex): void {
  let brokenBy: BrokenBy | undefined;
  wire?.on('error', ({ code }: NodeJS.ErrnoException) => {
    brokenBy ??= code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' ? 'unanswered' : 'reset';
  });
  ws.on('message', (data, isBinary) => events.message(isBinary ? undefined : data.toString()));
  ws.on('pong', () => events.pong());
  ws.on('close', (code) => events.closed(code, brokenBy));
  ws.on('error', () => undefined);
}
