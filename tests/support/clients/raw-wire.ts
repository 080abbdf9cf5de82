/** A WebSocket client that may break every rule: the test chooses each byte. */
import { connect, type Socket } from 'node:net';
import { within } from '../within.ts';

export interface RawFrame {
  readonly fin?: boolean;
  /** The three reserved bits, 0 to 7. */
  readonly rsv?: number;
  readonly opcode?: number;
  readonly payload?: string | Uint8Array;
  readonly mask?: boolean;
  /** The length that the frame claims, in eight bytes. */
  readonly claims?: bigint;
}

/** One frame on the wire. Its mask is not zero, so that a server that forgot to unmask fails. */
export function rawFrame({
  fin = true,
  rsv = 0,
  opcode = 1,
  payload = '',
  mask = true,
  claims,
}: RawFrame): Buffer {
  const bytes = Buffer.from(payload as string);
  const masked = mask ? 0x80 : 0;
  const length = claims === undefined && bytes.length < 126 ? bytes.length : claims === undefined ? 126 : 127;
  const head = Buffer.alloc(length < 126 ? 2 : length === 126 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = masked | length;
  if (length === 126) head.writeUInt16BE(bytes.length, 2);
  if (claims !== undefined) head.writeBigUInt64BE(claims, 2);
  if (!mask) return Buffer.concat([head, bytes]);
  const key = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
  return Buffer.concat([head, key, bytes.map((byte, n) => byte ^ (key[n % 4] as number))]);
}

export interface Heard {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The lines of a valid handshake; `more` replaces those of the same name. */
export function handshake(more: Record<string, string | undefined> = {}, line = 'GET /v1/stream HTTP/1.1') {
  const headers: Record<string, string | undefined> = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': 'hostbeat.v1',
    ...more,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}: ${value}`,
  );
  return [line, ...lines, '', ''].join('\r\n');
}

export class RawWire {
  readonly socket: Socket;
  /** What was answered before, or instead of, the first frame. */
  head = '';
  readonly frames: Heard[] = [];
  readonly ended: Promise<void>;
  #rest: Buffer = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  constructor(port: number, first?: string | Uint8Array) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.socket.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.socket.on('close', () => {
        resolve();
        this.#wake();
      });
    });
    if (first !== undefined) this.socket.write(first);
  }

  /** A connection with a completed handshake and this token. */
  static async open(port: number, token: string): Promise<RawWire> {
    const wire = new RawWire(port, handshake({ 'X-Auth-Token': token }));
    await wire.until('the welcome', () => wire.texts('welcome').length > 0);
    return wire;
  }

  send(...frames: (RawFrame | Uint8Array)[]): this {
    for (const frame of frames) this.socket.write(frame instanceof Uint8Array ? frame : rawFrame(frame));
    return this;
  }

  say(value: unknown): this {
    return this.send({ payload: JSON.stringify(value) });
  }

  /** The received frames of this type. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any shape
  texts(type: string): any[] {
    return this.frames
      .filter(({ opcode }) => opcode === 1)
      .map(({ payload }) => JSON.parse(payload.toString()))
      .filter((frame) => frame.type === type);
  }

  /** Code of the server's close frame, 1005 without one in it; undefined before it came. */
  get closeCode(): number | undefined {
    const frame = this.frames.find(({ opcode }) => opcode === 8);
    if (frame === undefined) return undefined;
    return frame.payload.length < 2 ? 1005 : frame.payload.readUInt16BE(0);
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.socket.destroyed) throw new Error(`the connection ended before ${what}: ${this.head}`);
      await within(
        what,
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
      );
    }
  }

  end(): void {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    if (!this.head.startsWith('HTTP/1.1 101')) {
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.head = this.#rest.subarray(0, end + 4).toString('latin1');
      if (!this.head.startsWith('HTTP/1.1 101')) this.head = this.#rest.toString('latin1');
      else this.#rest = this.#rest.subarray(end + 4);
    }
    if (this.head.startsWith('HTTP/1.1 101')) while (this.#cut());
    this.#wake();
  }

  /** A server's frames are not masked. @returns whether there was a whole one */
  #cut(): boolean {
    const bytes = this.#rest;
    if (bytes.length < 2) return false;
    const short = (bytes[1] as number) & 0x7f;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < head) return false;
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < head + length) return false;
    this.frames.push({
      opcode: (bytes[0] as number) & 0x0f,
      payload: bytes.subarray(head, head + length),
    });
    this.#rest = bytes.subarray(head + length);
    return true;
  }
}
