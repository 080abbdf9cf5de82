/** Nova writes time in two ways and reads ISO 8601. */
import type { Instant } from '../domain/clock.ts';

/** `created`, `updated`: whole seconds with Z. */
export function isoTime(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** Services' `updated_at`, `OS-SRV-USG:*`: UTC with microseconds and without Z; some clients fail on a Z here. */
export function naiveTime(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 23)}000`;
}

/** A column's text in the database of Nova, which filters by regular expression look at. */
export function columnTime(at: Instant): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

const ISO =
  /^(\d{4})(?:-?(\d{1,2})(?:-?(\d{1,2})(?:[ T](\d{1,2})(?::?(\d{1,2})(?::?(\d{1,2})(?:[.,](\d+))?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?)?)?$/;

/** The instant an ISO 8601 text names, UTC where it names no zone; undefined for any other text. */
export function parseIsoTime(text: string): Instant | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year, month = '1', day = '1', hour = '0', minute = '0', second = '0', fraction = '0', zone = 'Z'] =
    match;
  const fields = [year, month, day, hour, minute, second].map(Number);
  const [y = 0, mo = 1, d = 1, h = 0, mi = 0, s = 0] = fields;
  const at = Date.UTC(y, mo - 1, d, h, mi, s, Number(`0.${fraction}`) * 1000);
  const back = new Date(at);
  const exists =
    back.getUTCMonth() === mo - 1 && back.getUTCDate() === d && h < 24 && mi < 60 && s < 60 && y > 0;
  return exists ? at - offsetOf(zone) : undefined;
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
