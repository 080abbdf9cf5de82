/**
 * Details of an instance as the JSON text of their column. Values that differ between servers stand first; values that
 * many servers share stand behind them, so that a reader parses each such remainder once and not for every row.
 */
import type { InstanceDetails } from '../server/domain/instances/instance.ts';
import { Recent } from '../server/domain/recent.ts';

/** The first key of a text in this order: texts of older versions begin with another key. */
const START = '{"hostname":';
/**
 * The first key of the remainder. It has a number, so that no name of a network, of metadata or of a tag before it
 * equals it.
 */
const REMAINDER = ',"progress":';
/** Characters of cached remainders, with the texts themselves. */
const KEPT = 2 ** 20;

const remainders = new Recent<InstanceDetails>(KEPT, (details) => lengths.get(details) ?? 0);
const lengths = new WeakMap<InstanceDetails, number>();

export function detailsText(details: InstanceDetails): string {
  // A text without one of these keys is parsed as a whole, whatever its order.
  if (!hasAllOwn(details)) return JSON.stringify(details);
  return JSON.stringify({ ...FIRST, ...details });
}

/** Rows with an equal remainder share its values, which must not be changed. @throws SyntaxError for invalid JSON */
export function detailsOf(text: string): InstanceDetails {
  const end = text.startsWith(START) ? endOfOwn(text) : -1;
  if (end < 0) return JSON.parse(text);
  try {
    const own = JSON.parse(`${text.slice(0, end)}}`);
    if (hasAllOwn(own)) return joined(own, remainderOf(text.slice(end)));
  } catch {
    // The text was cut inside a value.
  }
  // Another version wrote it.
  return JSON.parse(text);
}

function hasAllOwn(own: InstanceDetails): boolean {
  for (const key of OWN) if (own[key] === undefined) return false;
  return true;
}

/** Copying an object of one shape and storing into it takes a fifth of the time of joining two. */
function joined(own: InstanceDetails, remainder: InstanceDetails): InstanceDetails {
  const details = { ...remainder } as { -readonly [K in keyof InstanceDetails]: InstanceDetails[K] };
  details.hostname = own.hostname;
  details.description = own.description;
  details.instanceName = own.instanceName;
  details.reservationId = own.reservationId;
  details.rootDeviceName = own.rootDeviceName;
  details.userData = own.userData;
  details.lockedReason = own.lockedReason;
  details.addresses = own.addresses;
  details.metadata = own.metadata;
  details.tags = own.tags;
  details.volumesAttached = own.volumesAttached;
  details.fault = own.fault;
  return details;
}

/** Start of the remainder, or -1. */
function endOfOwn(text: string): number {
  let end = text.indexOf(REMAINDER);
  while (end >= 0 && !isDigit(text.charCodeAt(end + REMAINDER.length)))
    end = text.indexOf(REMAINDER, end + 1);
  return end;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function remainderOf(text: string): InstanceDetails {
  const known = remainders.get(text);
  if (known !== undefined) return known;
  const parsed = { ...NOTHING_OWN, ...JSON.parse(`{${text.slice(1)}`) } as InstanceDetails;
  lengths.set(parsed, text.length);
  remainders.set(text, parsed);
  return parsed;
}

const OWN = [
  'hostname',
  'description',
  'instanceName',
  'reservationId',
  'rootDeviceName',
  'userData',
  'lockedReason',
  'addresses',
  'metadata',
  'tags',
  'volumesAttached',
  'fault',
] as const satisfies readonly (keyof InstanceDetails)[];

/** Gives every object of details the same order of keys, which makes stores into it fast. */
const NOTHING_OWN = Object.fromEntries(OWN.map((key) => [key, null]));
/** The keys of a text in their order, up to the first of the remainder. */
const FIRST = { ...NOTHING_OWN, progress: 0 };
