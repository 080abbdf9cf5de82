import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StreamBounds, StreamName } from '../../server/ports/log.ts';
import { Cursors, MAX_SEQ, type ResumeContext, type ResumeDecision } from '../../server/stream/cursor.ts';
import { type StreamView, viewOf } from '../../server/stream/view.ts';

const test = suite('cursor');
const LOG = { epoch: 'e1', signingKey: Buffer.from('00'.repeat(32), 'hex') };
const cursors = new Cursors(LOG);
const own: StreamName = 'project:p1';
const ALL = { visibility: 'all', stream: own } as const;
const NARROW = { visibility: 'unknown-only', stream: own } as const;

/** A log whose rows up to `head` were written in these entries of the lineage. */
function log(entries: readonly number[], { floor = 1, entry = entries.at(-1) ?? 0 } = {}) {
  const at = (seq: number) => entries[seq - 1] ?? 0;
  const bounds = {
    head: entries.length,
    floor,
    headEntry: at(entries.length),
    floorEntry: at(floor - 1),
    entry,
  };
  return {
    stream: own,
    bounds,
    maxReplay: 100,
    entryAt: async (seq: number) => (seq >= floor && seq <= entries.length ? at(seq) : undefined),
  } satisfies ResumeContext;
}

const TEN = [7, 7, 7, 7, 7, 7, 8, 8, 8, 8];
const RESUMES: [what: string, cursor: string, of: ResumeContext, decision: ResumeDecision][] = [
  ['nothing missed', at(10, 8), log(TEN), { after: { seq: 10, entry: 8 } }],
  ['rows of two starts missed', at(2, 7), log(TEN), { after: { seq: 2, entry: 7 } }],
  ['the place before the floor', at(6, 7), log(TEN, { floor: 7 }), { after: { seq: 6, entry: 7 } }],
  ['nothing ever happened', at(0, 0), log([]), { after: { seq: 0, entry: 0 } }],
  ['ahead of the head in the present entry', at(11, 8), log(TEN), { reset: 'ahead' }],
  ['ahead of the head in an entry that ended', at(11, 8), log(TEN, { entry: 9 }), { reset: 'epoch' }],
  ['a number given again in a later entry', at(8, 7), log(TEN), { reset: 'epoch' }],
  ['the head’s number given again', at(10, 7), log(TEN), { reset: 'epoch' }],
  ['a number from a history that was replaced', at(4, 6), log(TEN), { reset: 'epoch' }],
  [
    'the floor’s place from a history that was replaced',
    at(6, 9),
    log(TEN, { floor: 7 }),
    { reset: 'epoch' },
  ],
  ['too old', at(5, 7), log(TEN, { floor: 7 }), { reset: 'expired' }],
  ['too many', at(2, 7), { ...log(TEN), maxReplay: 7 }, { reset: 'too_many' }],
  [
    'trimmed between two looks',
    at(5, 7),
    { ...log(TEN), entryAt: async () => undefined },
    { reset: 'expired' },
  ],
  ['another stream', cursors.seal('project:p2', { seq: 10, entry: 8 }), log(TEN), { reset: 'foreign' }],
  ['damaged', at(10, 8).slice(0, -2), log(TEN), { reset: 'invalid' }],
  [
    'another log’s',
    new Cursors({ ...LOG, epoch: 'e0' }).seal(own, { seq: 10, entry: 8 }),
    log(TEN),
    { reset: 'epoch' },
  ],
];

function at(seq: number, entry: number): string {
  return cursors.seal(own, { seq, entry });
}

for (const [what, cursor, circumstances, decision] of RESUMES) {
  test(`resume: ${what}`, async () => {
    assert.equal(await cursors.judge(cursor, circumstances), decision);
  });
}

interface Vectors {
  readonly epoch: string;
  readonly key: string;
  readonly max_replay: number;
  readonly cases: readonly {
    readonly name: string;
    readonly cursor: string;
    readonly stream: StreamName;
    readonly bounds: Pick<StreamBounds, 'head' | 'floor'>;
    readonly decision: ResumeDecision;
  }[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../vectors/resume-signed.json', import.meta.url), 'utf8'),
) as Vectors;
const signed = new Cursors({ epoch: vectors.epoch, signingKey: Buffer.from(vectors.key, 'hex') });

for (const { name, cursor, stream, bounds, decision } of vectors.cases) {
  test(`resume by a cursor of the older form: ${name}`, async () => {
    const circumstances = {
      stream,
      bounds: { ...bounds, headEntry: 0, floorEntry: 0, entry: 0 },
      maxReplay: vectors.max_replay,
      entryAt: async () => 0,
    };
    assert.equal(await signed.judge(cursor, circumstances), decision);
  });
}

test('a cursor of the older form names no row that was written since', async () => {
  const cursor = vectors.cases[0]?.cursor as string;
  assert.equal(await signed.judge(cursor, log(TEN)), { reset: 'epoch' });
});

const VIEWS: readonly StreamView[] = [
  viewOf({}, ALL),
  viewOf({}, NARROW),
  viewOf({ servers: [] }, ALL),
  viewOf({ servers: ['a'] }, ALL),
  viewOf({ servers: ['a', 'b'] }, ALL),
  viewOf({ servers: ['a'] }, NARROW),
  viewOf({ host_status: ['DOWN'] }, ALL),
  viewOf({ host_status: ['DOWN', 'UNKNOWN'] }, ALL),
  viewOf({ host_status: ['DOWN'], servers: ['a'] }, ALL),
];

test('a cursor is good for what was shown up to it, and for nothing else', async () => {
  for (const shown of VIEWS) {
    const cursor = cursors.seal(own, { seq: 10, entry: 8 }, shown);
    for (const view of VIEWS) {
      const right = view === shown ? { after: { seq: 10, entry: 8 } } : { reset: 'filter' };
      assert.equal(await cursors.judge(cursor, { ...log(TEN), view }), right);
    }
  }
  const one = viewOf({ servers: ['a', 'b'], host_status: ['UP', 'DOWN'] }, ALL);
  const same = viewOf({ servers: ['b', 'a', 'a'], host_status: ['DOWN', 'UP'] }, ALL);
  const cursor = cursors.seal(own, { seq: 10, entry: 8 }, one);
  assert.equal(await cursors.judge(cursor, { ...log(TEN), view: same }), { after: { seq: 10, entry: 8 } });
});

test('a cursor reads as the place it was sealed for, and any other text as none', () => {
  const projectId = fc.string({ minLength: 1, maxLength: 64, unit: 'grapheme' });
  const place = fc.record({ seq: fc.nat(MAX_SEQ), entry: fc.nat(MAX_SEQ) });
  fc.assert(
    fc.property(
      projectId,
      place,
      fc.nat(),
      fc.string({ minLength: 1, maxLength: 1 }),
      (id, named, at, char) => {
        const stream: StreamName = `project:${id}`;
        const cursor = cursors.seal(stream, named);
        assert.equal(cursors.read(cursor, stream), { ...named });
        assert.is(cursors.read(cursor, `project:${id}x`), undefined);
        const spot = at % cursor.length;
        const damaged = cursor.slice(0, spot) + char + cursor.slice(spot + 1);
        if (damaged !== cursor) assert.is(cursors.read(damaged, stream), undefined);
      },
    ),
  );
});

test('a cursor says nothing: one place has many texts, and all places one length', () => {
  const texts = [0, 9, 10, 123_456_789, MAX_SEQ].flatMap((seq) => [at(seq, 1), at(seq, 1)]);
  assert.is(new Set(texts).size, texts.length);
  assert.is(new Set(texts.map((text) => text.length)).size, 1);
  for (const text of texts) {
    const sealed = Buffer.from(text.split('.')[2] as string, 'base64url').toString('latin1');
    assert.not.match(sealed, 'p1');
  }
});

test('nothing that a client sends makes it throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), async (text) => {
      assert.equal(await cursors.judge(text, log(TEN)), { reset: 'invalid' });
    }),
  );
});

test.run();
