/** Times of commands: parses the forms that a person types, and prints a time with its age. */
import { parseDuration } from '../../config/values.ts';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { ageText } from './text.ts';

/** RFC 3339 from a flag that takes a time, or an age such as `10m`. @throws CliError `usage` that names the flag */
export function timeOf(flag: string, text: string, now: number = Date.now()): string {
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  const ago = parseDuration(text);
  if (ago !== undefined) return new Date(now - ago).toISOString();
  throw new CliError(
    EXIT.usage,
    `${flag} (${text}) must be a time such as 2026-01-31T12:00:00Z, or how long ago, such as 10m.`,
  );
}

/** Nova's times have no zone and microseconds; they are UTC. */
const NOVA_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{3})\d*)?$/;

/** A time of any of our APIs as RFC 3339 with its zone. */
export function utc(at: string): string {
  return at.replace(
    NOVA_TIME,
    (_, seconds: string, ms?: string) => `${seconds}${ms === undefined ? '' : `.${ms}`}Z`,
  );
}

/** The lookahead takes the whole fraction or none of it. */
const TIMES = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?=((?:\.\d+)?Z?))\1(?![\w+])/g;

/** The same text with its age behind every time: `2026-01-31T12:00:00.000Z (12 s)`, or `(in 12 s)`. */
export function withAges(text: string, now: number): string {
  return text.replace(TIMES, (at) => `${utc(at)} (${fromNow(Date.parse(utc(at)), now)})`);
}

/** Clocks of two machines differ by less than this, so that a recent event is not shown in the future. */
const AGREE_MS = 2_000;

function fromNow(at: number, now: number): string {
  return at > now + AGREE_MS
    ? `in ${ageText(new Date(now).toISOString(), at)}`
    : ageText(new Date(at).toISOString(), now);
}
