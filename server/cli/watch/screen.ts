/** The live table: drawn in place at the bottom, with the changes above it in the terminal's own history. */
import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { ConnectionState, TrackerState } from '../../../client-sdk/src/index.ts';
import type { Terminal } from '../support/terminal.ts';
import { type AnyState, factsText, idOf, nameOf, statusText } from './lines.ts';

export interface Picture {
  readonly states: readonly AnyState[];
  readonly connection: ConnectionState;
  readonly tracker: TrackerState;
  readonly url: string;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[0J';

/** What needs a person first. */
const URGENCY: Record<HostStatus, number> = { DOWN: 0, UNKNOWN: 1, MAINTENANCE: 2, '': 3, UP: 4 };

/** As many lines as fit, the most urgent first; the last ones say how much was left out and how hostbeat itself is. */
export function picture(
  { states, connection, tracker, url }: Picture,
  { columns, rows, colours }: Pick<Terminal, 'columns' | 'rows' | 'colours'>,
): readonly string[] {
  const sorted = [...states].sort(
    (a, b) =>
      URGENCY[a.host_status ?? 'UP'] - URGENCY[b.host_status ?? 'UP'] || nameOf(a).localeCompare(nameOf(b)),
  );
  const room = Math.max(1, rows - 4);
  const shown = sorted.slice(0, room);
  const width = Math.min(40, Math.max(4, ...shown.map((state) => nameOf(state).length)));
  const lines = shown.map((state) => {
    const rest = `${nameOf(state).slice(0, width).padEnd(width)}  ${state.since}  ${idOf(state)}  ${factsText(state.facts, state.host_status)}`;
    return `${statusText(state.host_status, colours, 11)}  ${rest.slice(0, Math.max(0, columns - 14)).trimEnd()}`;
  });
  if (states.length > room) lines.push(`… and ${states.length - room} more`);
  lines.push(`${states.length} in all; ${url}: ${connection}, tracker ${tracker}`.slice(0, columns - 1));
  return lines;
}

export class Screen {
  readonly #terminal: Terminal;
  #height = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    terminal.out(HIDE_CURSOR);
  }

  draw(content: Picture): void {
    const lines = picture(content, this.#terminal);
    this.#terminal.out(`${this.#erased()}${lines.join('\n')}\n`);
    this.#height = lines.length;
  }

  /** A line that stays, above the table. The table is drawn anew by the next `draw`. */
  print(line: string): void {
    this.#terminal.out(`${this.#erased()}${line}\n`);
    this.#height = 0;
  }

  /** Leaves the last picture where it is. */
  close(): void {
    this.#terminal.out(SHOW_CURSOR);
  }

  #erased(): string {
    return this.#height === 0 ? '' : `\u001b[${this.#height}A\r${CLEAR_BELOW}`;
  }
}
