import type { StreamBounds } from '../server/ports/log.ts';
import type { Snapshot } from '../server/ports/store.ts';

/** The place at which a snapshot was read, by both numberings of its stream. */
export function placesOf({ head, headEntry, unknownOnly }: StreamBounds): Omit<Snapshot<unknown>, 'items'> {
  return { head, entry: headEntry, unknownOnly: { head: unknownOnly.head, entry: unknownOnly.headEntry } };
}
