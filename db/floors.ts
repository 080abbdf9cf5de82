import type { LogRow } from '../server/ports/store.ts';

/** Where a stream begins after a trim, by both of its numberings. */
export interface Floor {
  readonly floor: number;
  /** Entry of the lineage of the last row that was trimmed. */
  readonly entry: number;
  /** Null where no row was trimmed that has a number under `unknown-only`: that floor stays where it was. */
  readonly unknownFloor: number | null;
  readonly unknownEntry: number | null;
}

/** @param before what the rows before it left, which were trimmed too */
export function floorBehind(
  { seq, entry, unknownSeq }: Pick<LogRow, 'seq' | 'entry' | 'unknownSeq'>,
  before: Floor | undefined,
): Floor {
  if (unknownSeq !== null)
    return { floor: seq + 1, entry, unknownFloor: unknownSeq + 1, unknownEntry: entry };
  const { unknownFloor = null, unknownEntry = null } = before ?? {};
  return { floor: seq + 1, entry, unknownFloor, unknownEntry };
}
