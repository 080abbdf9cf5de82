import type { Instant } from '../domain/clock.ts';
import type { Snapshot, Store, StreamName } from '../store.ts';
import { type State, statesIn, type View } from './view.ts';

/** Items in one frame: bounds it at some 150 kB. */
const PART = 500;

export type SnapshotStore = Pick<Store, 'projectSnapshot' | 'hostsSnapshot'>;

/** The present state of a stream's servers or services with its place, read at once. */
export function readSnapshot(store: SnapshotStore, stream: StreamName): Promise<Snapshot<State>> {
  return stream === 'hosts' ? store.hostsSnapshot() : store.projectSnapshot(stream.slice('project:'.length));
}

/** The texts of a snapshot's frames, made one at a time as they are taken. Always at least one, even of nothing. */
export function* snapshotFrames(
  id: string,
  items: readonly State[],
  view: View,
  at: Instant,
): Generator<string> {
  const shown = statesIn(view, items, at);
  const parts = Math.max(1, Math.ceil(shown.length / PART));
  for (let part = 1; part <= parts; part++) {
    const slice = shown.slice((part - 1) * PART, part * PART);
    yield JSON.stringify({ type: 'snapshot', id, part, last: part === parts, items: slice });
  }
}
