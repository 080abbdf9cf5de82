/** The live table: drawn in place at the bottom, with the changes above it in the terminal's own history. */
import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import { type ConnectionState, isFenceBroken, type TrackerState } from '../../../client-sdk/src/index.ts';
import { STILL_ALIVE } from '../services/run.ts';
import type { Terminal } from '../support/terminal.ts';
import { ageText, columnsOf, cut, padded, printable } from '../support/text.ts';
import { type AnyState, drillText, factsText, idOf, nameOf, statusText } from './lines.ts';

export interface Picture {
  readonly states: readonly AnyState[];
  readonly connection: ConnectionState;
  readonly tracker: TrackerState;
  readonly url: string;
  /** Since when there has been no connection, RFC 3339; undefined while there is one. */
  readonly waitingSince?: string | undefined;
  /** The newest trouble, while it lasts. */
  readonly trouble?: string | undefined;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[0J';
const CLEAR_ALL = '\u001b[H\u001b[2J';
const MOST_KEPT = 500;

/** The statuses that need a person's attention first. */
const URGENCY: Record<HostStatus, number> = { DOWN: 0, UNKNOWN: 1, MAINTENANCE: 2, '': 3, UP: 4 };
const STATUS_COLUMNS = 11;
const LONGEST_NAME = 40;

/** Dashes stand for an unknown time. */
function sinceColumns(since: string | undefined, now: number): string {
  const age = since === undefined ? '-' : ageText(since, now);
  return `${(since ?? '-').padEnd(24)}  ${age.padStart(6)}`;
}

/**
 * As many lines as fit, the most urgent first; the last lines show how many were left out, and the observer's state.
 */
export function picture(
  { states, ...rest }: Picture,
  { columns, rows, colours }: Pick<Terminal, 'columns' | 'rows' | 'colours'>,
  now: number = Date.now(),
): readonly string[] {
  const sorted = [...states].sort(
    (a, b) =>
      Number(isFenceBroken(b)) - Number(isFenceBroken(a)) ||
      URGENCY[a.host_status ?? 'UP'] - URGENCY[b.host_status ?? 'UP'] ||
      nameOf(a).localeCompare(nameOf(b)),
  );
  const height = Math.max(1, rows - 4);
  const shown = sorted.slice(0, height);
  const width = Math.min(LONGEST_NAME, Math.max(4, ...shown.map((state) => columnsOf(nameOf(state)))));
  const lines = shown.map((state) => {
    const name = padded(cut(nameOf(state), width), width);
    const fence = isFenceBroken(state) ? `${STILL_ALIVE}  ` : '';
    const drill = drillText(state);
    const mark = drill === '' ? '' : `${drill}  `;
    const line = `${name}  ${fence}${mark}${sinceColumns(state.since, now)}  ${idOf(state)}  ${factsText(state.facts, state.host_status)}`;
    const fits = cut(line, Math.max(0, columns - STATUS_COLUMNS - 3)).trimEnd();
    const shown = fence !== '' && colours ? `\u001b[31;1m${fits}\u001b[0m` : fits;
    return `${statusText(state.host_status, colours, STATUS_COLUMNS)}  ${shown}`;
  });
  if (states.length > height) lines.push(`… and ${states.length - height} more`);
  lines.push(cut(`${states.length} in all; ${standing(rest)}`, columns - 1));
  return lines;
}

/** Without a connection the observer's state is unknown, and the table is as old as the connection. */
function standing({ url, connection, tracker, waitingSince, trouble }: Omit<Picture, 'states'>): string {
  if (waitingSince === undefined) return `${url}: ${connection}, tracker ${tracker}`;
  const why = trouble === undefined ? '' : `: ${printable(trouble)}`;
  return `${url}: waiting since ${waitingSince}, what is shown may be out of date${why}`;
}

export class Screen {
  readonly #terminal: Terminal;
  /** Rows that the table takes now, at the bottom. */
  #height = 0;
  /** The newest lines above the table, kept for a redraw. */
  #kept: string[] = [];
  #isStale = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    terminal.draw(HIDE_CURSOR);
  }

  draw(content: Picture): void {
    const lines = picture(content, this.#terminal);
    const above = this.#isStale ? CLEAR_ALL + this.#keptAbove(lines.length) : this.#erased();
    this.#isStale = false;
    this.#terminal.draw(`${above}${lines.join('\n')}\n`);
    this.#height = lines.length;
  }

  /** Prints a line above the table. The next `draw` brings the table back. */
  print(line: string): void {
    this.#kept.push(line);
    if (this.#kept.length > MOST_KEPT) this.#kept = this.#kept.slice(-MOST_KEPT / 2);
    if (this.#isStale) return;
    this.#terminal.draw(`${this.#erased()}${line}\n`);
    this.#height = 0;
  }

  /** The terminal was resized: it may have wrapped the drawn rows differently, so all is drawn again. */
  resized(): void {
    this.#isStale = true;
  }

  /** Leaves the last table in place; later output goes below it. */
  close(): void {
    this.#terminal.draw(SHOW_CURSOR);
    this.#height = 0;
  }

  #erased(): string {
    return this.#height === 0 ? '' : `\u001b[${this.#height}A\r${CLEAR_BELOW}`;
  }

  /** As many of the newest lines as fit above a table of this height. */
  #keptAbove(height: number): string {
    const { columns, rows } = this.#terminal;
    let free = rows - height - 1;
    const lines: string[] = [];
    for (const line of this.#kept.toReversed()) {
      free -= Math.max(1, Math.ceil(widthOf(line) / columns));
      if (free < 0) break;
      lines.unshift(`${line}\n`);
    }
    return lines.join('');
  }
}

/** The columns of a line with colour codes in it. */
function widthOf(line: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are ours
  return columnsOf(line.replace(/\u001b\[[\d;]*m/g, ''));
}
