/** A message may come in many pieces, each of which costs memory beside its bytes: their number has a bound. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type RawFrame, RawWire } from '../support/clients/raw-wire.ts';
import { Siege } from '../support/clients/siege.ts';

const test = suite<{ siege: Siege }>('messages in pieces', {} as never);

test.before(async (context) => {
  context.siege = await Siege.open({ maxFrame: 2_000 });
});
test.after(async ({ siege }) => {
  await siege[Symbol.asyncDispose]();
});

const POLICY_VIOLATION = 1008;
const MOST = 1_024;

/** A ping of our protocol and so many pieces of which all but the last are empty. */
function inPieces(pieces: number): RawFrame[] {
  const empty: RawFrame[] = Array.from({ length: pieces - 1 }, (_, n) => ({
    fin: false,
    opcode: n === 0 ? 1 : 0,
  }));
  return [...empty, { opcode: 0, payload: JSON.stringify({ type: 'ping', nonce: `${pieces}` }) }];
}

test('a message in 1024 pieces is understood', async ({ siege }) => {
  const wire = await RawWire.open(siege.port, 'owner');
  wire.send(...inPieces(MOST));
  await wire.until('the answer', () => wire.texts('pong').some(({ nonce }) => nonce === `${MOST}`));
  wire.end();
});

test('a message in more pieces closes its own connection only', async ({ siege }) => {
  const wire = await RawWire.open(siege.port, 'owner');
  wire.send(...inPieces(MOST + 1));
  await wire.until('the close', () => wire.closeCode !== undefined || wire.texts('pong').length > 0);
  assert.is(wire.closeCode, POLICY_VIOLATION);
  wire.end();
  await siege.holds('a message in too many pieces');
});

test.run();
