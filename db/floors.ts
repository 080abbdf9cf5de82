import type { LogRow } from '../server/ports/log.ts';

/** Where a stream begins after a trim, by both of its numberings. */
export interface Floor {
  readonly floor: number;
  /** Lineage entry of the last row that was trimmed. */
  readonly entry: number;
  /** Null where no trimmed row has a number under `unknown-only`: that floor does not move. */
  readonly unknownFloor: number | null;
  readonly unknownEntry: number | null;
}

/** @param before the floors left by earlier rows, which were trimmed too */
export function floorBehind(
  { seq, entry, unknownSeq }: Pick<LogRow, 'seq' | 'entry' | 'unknownSeq'>,
  before: Floor | undefined,
): Floor {
  if (unknownSeq !== null)
    return { floor: seq + 1, entry, unknownFloor: unknownSeq + 1, unknownEntry: entry };
  const { unknownFloor = null, unknownEntry = null } = before ?? {};
  return { floor: seq + 1, entry, unknownFloor, unknownEntry };
}
