/**
 * Numbers by slot, side by side. Services report in the order of their slots as a rule: what a report touches then lies
 * beside what the one before it did, where an object for each would be fetched from memory every time.
 */
export const FIRST_CAPACITY = 1_024;

type Column = Float64Array | Int32Array | Uint32Array | Uint8Array;

/** The same with room for more. */
export function grown<T extends Column>(column: T, capacity: number): T {
  const wider = new (column.constructor as new (length: number) => T)(capacity);
  wider.set(column as never);
  return wider;
}
