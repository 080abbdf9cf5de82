/** Renders log lines for a person at a terminal, from the JSON lines that programs read. */
import { parseJson } from '../../parse-json.ts';
import { printable } from '../support/text.ts';

export interface LogLook {
  readonly colours: boolean;
  /** Show where an error was thrown. */
  readonly stacks: boolean;
}

const LEVELS: readonly (readonly [from: number, name: string, colour: string])[] = [
  [50, 'ERROR', '31;1'],
  [40, 'WARN ', '33'],
  [30, 'INFO ', '32'],
  [20, 'DEBUG', '2'],
  [0, 'TRACE', '2'],
];

/** From one JSON line, already cleaned of secrets, to `12:34:56.789 WARN  what happened: why  field=value`. */
export function logLine(line: string, look: LogLook): string {
  const { level, time, msg, err, ...fields } = parseJson(line) as Readonly<Record<string, unknown>>;
  const [, name, colour] = LEVELS.find(([from]) => Number(level) >= from) ?? ['', 'INFO ', '0'];
  const shown = look.colours ? `\u001b[${colour}m${name}\u001b[0m` : name;
  const why = messageOf(err);
  const what = [msg, why].filter((text) => typeof text === 'string' && text !== '').join(': ');
  const rest = Object.entries(fields).map(([key, value]) => `  ${printable(key)}=${shownValue(value)}`);
  return `${clock(time)} ${shown} ${printable(what)}${rest.join('')}\n${look.stacks ? stackOf(err) : ''}`;
}

function clock(time: unknown): string {
  const at = new Date(Number(time));
  if (Number.isNaN(at.getTime())) return '--:--:--.---';
  const two = (part: number) => String(part).padStart(2, '0');
  const seconds = `${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
  return `${two(at.getHours())}:${two(at.getMinutes())}:${seconds}`;
}

function messageOf(err: unknown): string | undefined {
  if (typeof err === 'string') return err;
  const message = (err as { readonly message?: unknown } | undefined)?.message;
  return typeof message === 'string' ? message : undefined;
}

function stackOf(err: unknown): string {
  const stack = (err as { readonly stack?: unknown } | undefined)?.stack;
  if (typeof stack !== 'string') return '';
  return stack
    .split('\n')
    .slice(1)
    .map((frame) => `    ${printable(frame.trim())}\n`)
    .join('');
}

/** A text without blanks is printed as it is; anything else as JSON, so that each value has a clear end. */
function shownValue(value: unknown): string {
  return printable(typeof value === 'string' && /^[^\s="]+$/.test(value) ? value : JSON.stringify(value));
}
