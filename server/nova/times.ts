/** Nova's two ways to write time, and how it reads ISO 8601. */
import type { Instant } from '../domain/clock.ts';

/** `created`, `updated`: whole seconds with Z. */
export function isoTime(at: Instant): string {
  return `${day(at)}T${timeOfDay(at)}Z`;
}

/** Services' `updated_at`, `OS-SRV-USG:*`: UTC with microseconds and without Z; some clients fail on a Z here. */
export function naiveTime(at: Instant): string {
  const ms = String(at - Math.floor(at / 1_000) * 1_000).padStart(3, '0');
  return `${day(at)}T${timeOfDay(at)}.${ms}000`;
}

/** The text of a time in Nova's database, which filters by regular expression search. */
export function columnTime(at: Instant): string {
  return `${day(at)} ${timeOfDay(at)}`;
}

const DAY_MS = 86_400_000;
/** Texts of days by their number since 1970: a page has thousands of times, most of them of a few hundred days. */
const days = new Map<number, string>();
const MOST_DAYS = 10_000;

function day(at: Instant): string {
  const number = Math.floor(at / DAY_MS);
  const known = days.get(number);
  if (known !== undefined) return known;
  const text = new Date(at).toISOString().slice(0, -'T00:00:00.000Z'.length);
  if (days.size === MOST_DAYS) days.clear();
  days.set(number, text);
  return text;
}

function timeOfDay(at: Instant): string {
  const seconds = Math.floor(at / 1_000) - Math.floor(at / DAY_MS) * 86_400;
  return `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}

/** As Nova's library reads it, which allows more than the standard does in some places and less in others. */
const ISO =
  /^(\d{4})(?:(?:-(\d{1,2})|(\d{2})(?!$))(?:(?:-(\d{1,2})|(\d{2}))(?:[ T](\d{2})(?::?(\d{2}))?(?::?(\d{1,2})(?:[.,](\d+))?)?(Z|[-+]\d{2}:?(?:\d{2})?)?)?)?)?$/;

/** The instant of an ISO 8601 text, in UTC if it has no zone; undefined for any other text. */
export function parseIsoTime(text: string): Instant | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year, monthDash, month, dayDash, day, hour, minute, second, fraction = '0', zone = 'Z'] = match;
  const number = (value: string | undefined, otherwise: number) => (value ? Number(value) : otherwise);
  const [y, mo, d] = [Number(year), number(monthDash ?? month, 1), number(dayDash ?? day, 1)];
  const [h, mi, s] = [number(hour, 0), number(minute, 0), number(second, 0)];
  const offset = offsetOf(zone);
  const date = new Date(0);
  date.setUTCFullYear(y, mo - 1, d);
  const exists =
    date.getUTCMonth() === mo - 1 && date.getUTCDate() === d && h < 24 && mi < 60 && s < 60 && y > 0;
  if (!exists || Math.abs(offset) >= DAY) return undefined;
  date.setUTCHours(h, mi, s, Number(`0.${fraction}`) * 1000);
  return date.getTime() - offset;
}

const DAY = 86_400_000;

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
