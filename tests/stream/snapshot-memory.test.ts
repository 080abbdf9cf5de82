import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../server/domain/errors.ts';
import type { StreamName } from '../../server/ports/log.ts';
import { SnapshotMemory } from '../../server/stream/snapshot-memory.ts';

const test = suite('memory of snapshots');

const of = (count: number) => ({ items: Array.from({ length: count }, () => 0) });
const memory = () => new SnapshotMemory<ReturnType<typeof of>>({ total: 300, perStream: 200, small: 10 });

function refuses(m: ReturnType<typeof memory>, stream: StreamName, count: number): boolean {
  try {
    m.admit(stream, of(count));
    return false;
  } catch (error) {
    assert.instance(error, DomainError);
    assert.is((error as DomainError).code, 'unavailable');
    assert.ok((error as DomainError).retryAfterMs);
    return true;
  }
}

test('slow readers of one stream do not keep the others waiting', () => {
  const m = memory();
  m.keep('project:a', of(150));
  assert.ok(refuses(m, 'project:a', 100));
  assert.not(refuses(m, 'project:b', 100));
});

test('snapshots kept for all streams are bounded; a small one always fits', () => {
  const m = memory();
  m.keep('project:a', of(150));
  m.keep('project:b', of(150));
  assert.ok(refuses(m, 'project:c', 11));
  assert.not(refuses(m, 'project:c', 10));
});

test('a stream that is larger than the limit is read, one snapshot at a time', () => {
  const m = memory();
  assert.not(refuses(m, 'project:a', 1_000));
  const release = m.keep('project:a', of(1_000));
  assert.ok(refuses(m, 'project:a', 1_000));
  release();
  assert.not(refuses(m, 'project:a', 1_000));
});

test('readers of one snapshot count once, and it is forgotten after the last of them', () => {
  const m = memory();
  const shared = of(100);
  const releases = [m.keep('project:a', shared), m.keep('project:a', shared)];
  assert.is(m.items, 100);
  assert.is(m.newest('project:a'), shared);
  releases[0]?.();
  assert.is(m.items, 100);
  releases[1]?.();
  assert.equal([m.items, m.newest('project:a')], [0, undefined]);
});

test.run();
