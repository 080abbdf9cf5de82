/** A large answer leaves piece by piece, and other connections have their turn between two pieces. */
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DrainTurns } from '../../../server/runtime/connections/drain-turns.ts';
import { listen } from '../../../server/runtime/http.ts';
import { refusal } from '../../../server/socket/handshake.ts';

const test = suite('large answers and turns');

const PIECE = 64 * 1024;
const PIECES = 32;

/** Pieces that left within one turn at most, while a fast client read one answer. */
async function mostInOneTurn(answer: (left: () => void) => Response): Promise<number> {
  let inTurn = 0;
  let most = 0;
  const left = () => {
    inTurn += 1;
    most = Math.max(most, inTurn);
  };
  const edge = await listen({
    fetch: async () => answer(left),
    upgrade: async () => refusal(404, 'not_found', 'no such path'),
    host: '127.0.0.1',
    port: 0,
    maxFrame: 1024,
  });
  let isOver = false;
  const socket = connect(edge.port, '127.0.0.1');
  socket.resume().on('close', () => {
    isOver = true;
  });
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  while (!isOver) {
    inTurn = 0;
    await nextTurn();
  }
  await edge.close();
  return most;
}

function counted(left: () => void): ReadableStream<Uint8Array> {
  let pieces = 0;
  return new ReadableStream(
    {
      pull(controller) {
        left();
        pieces += 1;
        controller.enqueue(new Uint8Array(PIECE));
        if (pieces === PIECES) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

test('one stream gives no more than a few pieces in a turn', async () => {
  const most = await mostInOneTurn((left) => new Response(counted(left)));
  assert.ok(most <= 3, `${most} of ${PIECES} pieces in one turn`);
});

test('every answer gives one piece a turn, and all together sixteen, in order', () => {
  const later: (() => void)[] = [];
  const turns = new DrainTurns((run) => later.push(run));
  const turn = () => {
    for (const run of later.splice(0)) run();
  };
  const sent: number[] = [];
  const answer = (n: number) => () => {
    sent.push(n);
    turns.add(answer(n));
  };
  for (let n = 0; n < 20; n += 1) turns.add(answer(n));
  turn();
  assert.equal(
    sent.splice(0),
    Array.from({ length: 16 }, (_, n) => n),
  );
  turn();
  assert.equal(sent, [16, 17, 18, 19, ...Array.from({ length: 12 }, (_, n) => n)]);
});

test.run();
