/** Parses the text of a setting, one function per type of the table. */
import { isIP } from 'node:net';
import type { Option, OptionType } from './options/table.ts';

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const UNITS_BYTES = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 } as const;

/** The problem with a value, as the end of a sentence that starts with the setting's name. */
export class BadValue extends Error {}

/** `10`, `0.5`, `500ms`, `2s`, `1m`, `12h`, `7d` in milliseconds; a bare number means seconds. Undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|h|d)?$/.exec(text.trim());
  if (match === null) return undefined;
  const unit = (match[2] ?? 's') as keyof typeof UNITS_MS;
  return Math.round(Number(match[1]) * UNITS_MS[unit]);
}

/** Milliseconds as a person writes them: the largest unit that leaves a whole number. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms !== 0 && ms % UNITS_MS[unit] === 0) return `${ms / UNITS_MS[unit]}${unit}`;
  }
  return ms === 0 ? '0s' : `${ms}ms`;
}

/** `host:port` or `[ipv6]:port`. @throws BadValue */
export function parseListen(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535 || (match?.[1] !== undefined && isIP(host) !== 6))
    throw new BadValue('must be HOST:PORT, such as 127.0.0.1:8774, 0.0.0.0:8774 or [::]:8774');
  return { host, port };
}

/** `10.0.0.7`, `10.0.0.0/8`, `::1`, `fd00::/8`. */
export function isAddressOrNetwork(text: string): boolean {
  const [address = '', prefix, more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32));
}

/** A base URL, without the slash at its end. @throws BadValue */
export function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new BadValue('must be an http or https URL, such as https://compute.example.org');
  if (url.username !== '' || url.password !== '')
    throw new BadValue('must not contain a user name or password');
  if (url.search !== '' || url.hash !== '') throw new BadValue('must end with the path: no "?" and no "#"');
  return url.href.replace(/\/+$/, '');
}

/** @throws BadValue */
export function parseValue(option: Option, text: string): string | number | boolean | readonly string[] {
  if (typeof option.type !== 'string') return oneOf(option.type, text);
  switch (option.type) {
    case 'string':
    case 'secret':
      return text;
    case 'boolean':
      return flag(text);
    case 'list':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    case 'seconds':
      return atLeast(
        option,
        parseDuration(text),
        'a duration: seconds, or a number with ms, s, m, h or d',
        1_000,
      );
    case 'integer':
      return atLeast(option, /^\d+$/.test(text.trim()) ? Number(text) : undefined, 'a whole number', 1);
    case 'bytes':
      return atLeast(option, parseBytes(text), 'a size: bytes, or a number with KiB, MiB or GiB', 1);
  }
}

/** The value's form, shown in the help behind the flag, and in the document's column "value". */
export function placeholder(option: { readonly type: OptionType; readonly value?: string }): string {
  if (typeof option.type !== 'string') return option.type.join('|');
  return option.value ?? (option.type === 'boolean' ? 'true|false' : 'TEXT');
}

function oneOf(values: readonly string[], text: string): string {
  if (!values.includes(text)) throw new BadValue(`must be one of ${values.join(', ')}`);
  return text;
}

function flag(text: string): boolean {
  const lower = text.toLowerCase();
  if (['true', 'yes', 'on', '1'].includes(lower)) return true;
  if (['false', 'no', 'off', '0'].includes(lower)) return false;
  throw new BadValue('must be true or false');
}

function parseBytes(text: string): number | undefined {
  const match = /^(\d+)\s*(B|KiB|MiB|GiB)?$/.exec(text.trim());
  if (match === null) return undefined;
  return Number(match[1]) * UNITS_BYTES[(match[2] ?? 'B') as keyof typeof UNITS_BYTES];
}

function atLeast(option: Option, value: number | undefined, what: string, unit: number): number {
  if (value === undefined || !Number.isSafeInteger(value)) throw new BadValue(`must be ${what}`);
  if (option.min !== undefined && value < option.min * unit)
    throw new BadValue(`must be at least ${option.min}${option.type === 'seconds' ? ' s' : ''}`);
  return value;
}
