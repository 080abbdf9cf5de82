/** Just enough of RFC 6455 for a client that must not be the bottleneck: no dependency, no allocation per frame. */
import { randomBytes } from 'node:crypto';

/** A masked text frame. The mask is zero: it is well-formed, and costs nothing to apply. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head =
    payload.length < 126
      ? Buffer.from([0x81, 0x80 | payload.length])
      : Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

/** Answer to a ping, with its payload. */
export function pongFrame(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x8a, 0x80 | payload.length]), Buffer.alloc(4), payload]);
}

export function upgradeRequest(host: string, path: string, subprotocol: string, token?: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...(subprotocol === '' ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
    ...(token === undefined ? [] : [`X-Auth-Token: ${token}`]),
    '\r\n',
  ].join('\r\n');
}

const NOTHING = Buffer.alloc(0);
const TEXT = 1;
const CLOSE = 8;
const PING = 9;

/** Cuts a byte stream into frames. `text` gets a view that is only valid during the call. */
export class FrameReader {
  #rest: Buffer = NOTHING;
  readonly #text: (payload: Buffer) => void;
  readonly #ping: (payload: Buffer) => void;
  readonly #close: (code: number) => void;

  constructor(on: { text(payload: Buffer): void; ping(payload: Buffer): void; close(code: number): void }) {
    this.#text = on.text;
    this.#ping = on.ping;
    this.#close = on.close;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 2) {
      const short = (bytes[at + 1] ?? 0) & 0x7f;
      const head = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (bytes.length - at < head) break;
      const length =
        short < 126
          ? short
          : short === 126
            ? bytes.readUInt16BE(at + 2)
            : Number(bytes.readBigUInt64BE(at + 2));
      const end = at + head + length;
      if (bytes.length < end) break;
      const payload = bytes.subarray(at + head, end);
      const opcode = (bytes[at] ?? 0) & 0x0f;
      if (opcode === TEXT) this.#text(payload);
      else if (opcode === PING) this.#ping(payload);
      else if (opcode === CLOSE) this.#close(length >= 2 ? payload.readUInt16BE(0) : 1005);
      at = end;
    }
    this.#rest = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at));
  }
}
