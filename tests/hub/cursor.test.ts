import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StreamBounds, StreamName } from '../../server/store.ts';
import { Cursors, type Verdict } from '../../server/stream/cursor.ts';

interface Vectors {
  readonly epoch: string;
  readonly key: string;
  readonly max_replay: number;
  readonly cases: readonly {
    readonly name: string;
    readonly cursor: string;
    readonly stream: StreamName;
    readonly bounds: StreamBounds;
    readonly verdict: Verdict;
  }[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../vectors/resume.json', import.meta.url), 'utf8'),
) as Vectors;
const cursors = new Cursors({ epoch: vectors.epoch, signingKey: Buffer.from(vectors.key, 'hex') });

const test = suite('cursor');

for (const { name, cursor, stream, bounds, verdict } of vectors.cases) {
  test(`resume: ${name}`, () => {
    assert.equal(cursors.judge(cursor, { stream, bounds, maxReplay: vectors.max_replay }), verdict);
  });
}

test('a cursor reads as the place it was signed for, and any other text as none', () => {
  const projectId = fc.string({ minLength: 1, maxLength: 64, unit: 'grapheme' });
  fc.assert(
    fc.property(
      projectId,
      fc.nat(),
      fc.nat(),
      fc.string({ minLength: 1, maxLength: 1 }),
      (id, seq, at, char) => {
        const stream: StreamName = `project:${id}`;
        const cursor = cursors.sign(stream, seq);
        assert.equal(cursors.read(cursor), { epoch: vectors.epoch, stream, seq });
        const place = at % cursor.length;
        const damaged = cursor.slice(0, place) + char + cursor.slice(place + 1);
        if (damaged !== cursor) assert.is(cursors.read(damaged), undefined);
      },
    ),
  );
});

test('nothing that a client sends makes it throw', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const verdict = cursors.judge(text, { stream: 'hosts', bounds: { head: 5, floor: 1 }, maxReplay: 10 });
      assert.equal(verdict, { reset: 'invalid' });
    }),
  );
});

test.run();
