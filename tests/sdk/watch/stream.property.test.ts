import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { watch } from '../../../client-sdk/src/index.ts';
import { within } from '../../support/within.ts';
import { change, cursorAt, event, snapshot, synced } from '../support/frames.ts';
import { type Peer, ScriptedServer } from '../support/scripted-server.ts';

const test = suite('stream property');

/** What goes wrong on one connection: where the client's cursor is, this is played; then it is cut. */
type Fault = 'drop' | 'duplicate' | 'skip' | 'garbage' | 'send';
const fault = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Fault>('send') },
  { weight: 1, arbitrary: fc.constantFrom<Fault>('drop', 'duplicate', 'skip', 'garbage') },
);

interface Plan {
  /** Number of commits, each with so many changes. */
  readonly log: readonly number[];
  readonly faults: readonly Fault[];
  readonly buffered: number;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  log: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 40 }),
  faults: fc.array(fault, { maxLength: 80 }),
  buffered: fc.integer({ min: 1, max: 10 }),
});

const itemsOf = (seq: number, count: number) =>
  Array.from({ length: count }, (_, n) => change(`s${seq}-${n}`, 'UNKNOWN'));

/**
 * An honest log behind a line that is not: live frames are lost, repeated, damaged, cut off. What is asked for by cursor
 * is answered as the protocol says, until the line fails again.
 */
function play(server: ScriptedServer, { log, faults }: Plan): void {
  const left = [...faults];
  const send = (peer: Peer, seq: number) => peer.send(event(seq, itemsOf(seq, log[seq - 1]!)));
  /** @returns whether the connection still stands */
  const sendWithFault = (peer: Peer, seq: number): boolean => {
    const what = left.shift() ?? 'send';
    if (what === 'duplicate') for (const again of [Math.max(1, seq - 1), seq]) send(peer, again);
    if (what === 'garbage') peer.send('{"type":"event","seq":');
    if (what === 'drop') peer.cut();
    if (what === 'send' || what === 'duplicate') send(peer, seq);
    return what !== 'drop' && what !== 'garbage';
  };
  server.onPeer = async (peer) => {
    const { cursor } = await peer.greet();
    if (cursor === undefined) peer.send(snapshot([]), synced(0));
    let seq = cursor === undefined ? 0 : Number(cursor.slice(cursorAt(0).length - 1));
    if (cursor !== undefined) {
      // The replay is whole up to a point at random; what follows is live.
      const upTo = Math.min(log.length, seq + 1 + (left.length % 5));
      while (seq < upTo) send(peer, ++seq);
      peer.send(synced(seq, 'resumed'));
    }
    while (seq < log.length) if (!sendWithFault(peer, ++seq)) return;
    // A hole at the very end shows only with what comes after it.
    peer.cut();
  };
}

test('whatever the line does, what is seen is the log: all of it, once, in order', async () => {
  const property = fc.asyncProperty(plan, async (chosen) => {
    await using server = await ScriptedServer.open();
    play(server, chosen);
    const wanted = chosen.log.flatMap((count, at) => itemsOf(at + 1, count).map((item) => item.server_id));
    const seen: string[] = [];
    let kept: string | undefined;
    const onCursor = (cursor: string) => {
      kept = cursor;
    };
    const options = { url: server.url, token: 't', random: () => 0, maxBuffered: chosen.buffered, onCursor };
    await using watched = watch(options);
    const loop = async () => {
      for await (const item of watched) {
        if (item.type === 'change') seen.push(item.change.server_id);
        if (seen.length === wanted.length) return;
      }
    };
    await within(`the end of ${JSON.stringify(chosen)}`, loop());
    assert.equal(seen, wanted);
    assert.ok(kept === undefined || Number(kept.slice(cursorAt(0).length - 1)) < chosen.log.length);
  });
  await fc.assert(property, { numRuns: 60 });
});

test.run();
