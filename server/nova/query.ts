/** Query parameters, refused in Nova's words. */
import type { Call } from './call.ts';
import { badRequest } from './faults.ts';
import { SINCE } from './microversions.ts';

/** From 2.75 on an unknown parameter is refused; before, it is ignored. */
export function refuseUnknown(call: Call, known: readonly string[]): void {
  if (call.version < SINCE.wholeServer) return;
  const unknown = [...call.query.keys()].find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const there = known.length === 0 ? 'There are none.' : `There are: ${known.join(', ')}.`;
  throw badRequest(
    `Invalid input for query parameters ${unknown.slice(0, 80)}. Additional properties are not allowed. ${there}`,
  );
}

/** A number of 0 or more, the last of several, all of which must be valid. Undefined if the query does not have it. */
export function countIn(call: Call, name: string): number | undefined {
  const values = call.query.getAll(name);
  const bad = values.find((value) => !/^\d+$/.test(value));
  if (bad !== undefined) throw refused(name, bad, 'It is not an integer of 0 or more.');
  const last = values.at(-1);
  return last === undefined ? undefined : Number(last);
}

/** All values of a parameter whose values come from a short list. */
export function oneOfIn(call: Call, name: string, words: readonly string[]): string | undefined {
  const values = call.query.getAll(name);
  const bad = values.find((value) => !words.includes(value));
  if (bad !== undefined) throw refused(name, bad, `It is not one of: ${words.join(', ')}`);
  return values.at(-1);
}

export function refused(name: string, value: string, reason: string) {
  return badRequest(
    `Invalid input for query parameters ${name.slice(0, 80)}. Value: ${value.slice(0, 200)}. ${reason}`,
  );
}
