/**
 * Typed arrays indexed by slot. Services usually report in slot order, so consecutive reports touch neighbouring
 * memory; with one object per service, each report would miss the processor's cache.
 */
export const FIRST_CAPACITY = 1_024;

type Column = Float64Array | Int32Array | Uint32Array | Uint8Array;

/** A larger copy of the column. */
export function grown<T extends Column>(column: T, capacity: number): T {
  const wider = new (column.constructor as new (length: number) => T)(capacity);
  wider.set(column as never);
  return wider;
}
