/** What RFC 6455 asks of a server when its peer does not keep to it, in the order of Autobahn's test suite. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { type RawFrame, RawWire, rawFrame } from '../../support/clients/raw-wire.ts';
import { Siege } from '../../support/clients/siege.ts';
import { within } from '../../support/within.ts';

const test = suite<{ siege: Siege }>('framing', {} as never);

test.before(async (context) => {
  context.siege = await Siege.open({ maxFrame: 2_000 });
});
test.after(async ({ siege }) => {
  await siege[Symbol.asyncDispose]();
});

const TEXT = 1;
const BINARY = 2;
const CLOSING = 8;
const PING = 9;
const PONG = 10;
const PROTOCOL_ERROR = 1002;
const BAD_TEXT = 1007;
const TOO_LARGE = 1009;

const say = (nonce: string) => JSON.stringify({ type: 'ping', nonce });
const start: RawFrame = { fin: false, payload: '{"type":"ping",' };
const rest: RawFrame = { opcode: 0, payload: '"nonce":"n"}' };
const bytes = (...given: number[]) => Uint8Array.from(given);
const closing = (code: number, reason = '') => ({
  opcode: CLOSING,
  payload: Buffer.concat([bytes(code >> 8, code & 255), Buffer.from(reason)]),
});

/** What is sent as it should be, and what is heard: control frames by opcode and payload, and the nonces of pongs. */
const GOOD: [what: string, frames: (RawFrame | Uint8Array)[], heard: string[]][] = [
  ['a message in one frame', [{ payload: say('n') }], ['n']],
  ['a message in two', [start, rest], ['n']],
  ['a message in many, some of them empty', inPieces(say('n'), 1, true), ['n']],
  ['a message of several scripts, cut within its characters', inPieces(say('жä€😀'), 1), ['жä€😀']],
  ['a ping', [{ opcode: PING, payload: 'hello' }], ['pong hello']],
  ['a ping without a payload', [{ opcode: PING }], ['pong ']],
  ['the longest ping', [{ opcode: PING, payload: 'x'.repeat(125) }], [`pong ${'x'.repeat(125)}`]],
  ['a ping between two fragments', [start, { opcode: PING, payload: 'p' }, rest], ['pong p', 'n']],
  [
    'pongs that nobody asked for',
    [{ opcode: PONG }, { opcode: PONG, payload: 'x' }, { payload: say('n') }],
    ['n'],
  ],
  [
    'frames glued together',
    [Buffer.concat([rawFrame({ payload: say('a') }), rawFrame({ payload: say('b') })])],
    ['a', 'b'],
  ],
  ['a frame that comes byte by byte', [...rawFrame({ payload: say('n') })].map((byte) => bytes(byte)), ['n']],
];

for (const [what, frames, heard] of GOOD) {
  test(`${what}: is understood`, async ({ siege }) => {
    const wire = await RawWire.open(siege.port, 'owner');
    const before = wire.frames.length;
    wire.socket.setNoDelay(true);
    for (const frame of frames) {
      wire.send(frame);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await wire.until('the answers', () => wire.frames.length >= before + heard.length);
    const answers = wire.frames
      .slice(before)
      .map(({ opcode, payload }) =>
        opcode === PONG ? `pong ${payload}` : (JSON.parse(payload.toString()).nonce as string),
      );
    assert.equal(answers, heard);
    wire.end();
    await siege.holds(what);
  });
}

const BAD: [what: string, frames: (RawFrame | Uint8Array)[], code: number][] = [
  ...[1, 2, 4, 7].map((rsv): (typeof BAD)[number] => [
    `reserved bits ${rsv}`,
    [{ rsv, payload: say('n') }],
    PROTOCOL_ERROR,
  ]),
  ['a reserved bit of a ping', [{ rsv: 4, opcode: PING }], PROTOCOL_ERROR],
  ['a reserved bit of a continuation', [start, { ...rest, rsv: 1 }], PROTOCOL_ERROR],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): (typeof BAD)[number] => [
    `reserved opcode ${opcode}`,
    [{ opcode }],
    PROTOCOL_ERROR,
  ]),
  ['a reserved opcode between fragments', [start, { opcode: 3, payload: 'x' }, rest], PROTOCOL_ERROR],
  ['a text that is not masked', [{ mask: false, payload: say('n') }], PROTOCOL_ERROR],
  ['a ping that is not masked', [{ mask: false, opcode: PING }], PROTOCOL_ERROR],
  ['a close that is not masked', [{ mask: false, ...closing(1000) }], PROTOCOL_ERROR],
  ['a ping in fragments', [{ fin: false, opcode: PING }], PROTOCOL_ERROR],
  ['a close in fragments', [{ ...closing(1000), fin: false }], PROTOCOL_ERROR],
  ['a ping of 126 bytes', [{ opcode: PING, payload: 'x'.repeat(126) }], PROTOCOL_ERROR],
  ['a close of 126 bytes', [closing(1000, 'x'.repeat(124))], PROTOCOL_ERROR],
  ['a ping that claims 2^63 bytes', [{ opcode: PING, claims: 1n << 63n }], PROTOCOL_ERROR],
  ['a continuation of nothing', [rest], PROTOCOL_ERROR],
  ['a continuation of what was whole', [{ payload: say('n') }, rest], PROTOCOL_ERROR],
  ['a message within a message', [start, { payload: say('n') }], PROTOCOL_ERROR],
  ...[
    ['a lone continuation byte', [0x80]],
    ['an overlong character', [0xc0, 0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a character beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
    ['a character of five bytes', [0xf8, 0x88, 0x80, 0x80, 0x80]],
    ['a byte that never is', [0xff]],
    ['half a character', [0xe2, 0x82]],
  ].flatMap(([what, given]): (typeof BAD)[number][] => {
    const text = Buffer.concat([Buffer.from('"'), bytes(...(given as number[])), Buffer.from('"')]);
    return [
      [`${what} in a text`, [{ payload: text }], BAD_TEXT],
      [`${what} in fragments of a byte`, inPieces(text, 1), BAD_TEXT],
      [`${what} in a close`, [{ opcode: CLOSING, payload: Buffer.concat([bytes(3, 232), text]) }], BAD_TEXT],
    ];
  }),
  ['a text that ends within a character', [{ payload: bytes(0x22, 0xf0, 0x9f, 0x98) }], BAD_TEXT],
  ...[2_001n, 1n << 31n, 1n << 32n, 1n << 53n, 1n << 63n, (1n << 64n) - 1n].map(
    (claims): (typeof BAD)[number] => [
      `a text that claims ${claims} bytes`,
      [{ claims, payload: 'x' }],
      TOO_LARGE,
    ],
  ),
  ['a binary message that claims 2^62 bytes', [{ opcode: BINARY, claims: 1n << 62n }], TOO_LARGE],
  ['fragments that together are too large', inPieces('x'.repeat(2_001), 500), TOO_LARGE],
  ['a binary message', [{ opcode: BINARY, payload: say('n') }], CLOSE.badFrame.code],
  ['a binary message in fragments', [{ ...start, opcode: BINARY }, rest], CLOSE.badFrame.code],
  ['a close of one byte', [{ opcode: CLOSING, payload: 'x' }], PROTOCOL_ERROR],
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map(
    (code): (typeof BAD)[number] => [`a close with ${code}`, [closing(code)], PROTOCOL_ERROR],
  ),
];

for (const [what, frames, code] of BAD) {
  test(`${what}: closes with ${code}`, async ({ siege }) => {
    const wire = await RawWire.open(siege.port, 'owner');
    wire.say({ type: 'subscribe', id: 's' });
    await wire.until('synced', () => wire.texts('synced').length > 0);
    wire.send(...frames, { payload: say('never answered') });
    await wire.until('the close', () => wire.closeCode !== undefined);
    assert.is(wire.closeCode, code);
    assert.is(wire.frames.at(-1)?.opcode, CLOSING, 'nothing follows the close');
    assert.not(wire.texts('pong').some(({ nonce }) => nonce === 'never answered'));
    wire.socket.end();
    await within('the end', wire.ended);
    await siege.holds(what);
  });
}

for (const code of [
  undefined,
  1000,
  1001,
  1002,
  1003,
  1007,
  1008,
  1009,
  1010,
  1011,
  3000,
  3999,
  4000,
  4999,
]) {
  test(`a close with ${code ?? 'no code'} is answered with the same, and the server disconnects`, async ({
    siege,
  }) => {
    const wire = await RawWire.open(siege.port, 'owner');
    wire.send(code === undefined ? { opcode: CLOSING } : closing(code, 'bye'), { payload: say('too late') });
    await within('the end', wire.ended);
    assert.is(wire.closeCode, code ?? 1005);
    assert.equal(wire.texts('pong'), []);
    await siege.holds(`close ${code}`);
  });
}

test('pings faster than their pongs are read end the connection, without using memory', async ({ siege }) => {
  const wire = await RawWire.open(siege.port, 'owner');
  wire.socket.pause();
  const flood = Buffer.concat(
    Array.from({ length: 500 }, () => rawFrame({ opcode: PING, payload: 'x'.repeat(125) })),
  );
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 500 && !wire.socket.destroyed; n++) {
    if (!wire.socket.write(flood)) await new Promise((resolve) => setImmediate(resolve));
  }
  await siege.goesOn();
  assert.ok(process.memoryUsage().arrayBuffers - before < 64 << 20);
  wire.end();
  await siege.holds('a flood of pings');
});

function inPieces(payload: string | Uint8Array, size: number, withEmpty = false): RawFrame[] {
  const all = Buffer.from(payload as string);
  const pieces: Uint8Array[] = withEmpty ? [new Uint8Array()] : [];
  for (let at = 0; at < all.length; at += size) {
    pieces.push(all.subarray(at, at + size));
    if (withEmpty) pieces.push(new Uint8Array());
  }
  return pieces.map((piece, n) => ({
    fin: n === pieces.length - 1,
    opcode: n === 0 ? TEXT : 0,
    payload: piece,
  }));
}

test.run();
