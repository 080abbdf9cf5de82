/** Where a command speaks and what it reads of its surroundings; a test hands in its own. */
import process from 'node:process';
import { EXIT } from './exit-codes.ts';
import { printableLines, UNPRINTABLE } from './text.ts';

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output: what was asked for, and nothing else. */
  out(text: string): void;
  /** Standard error: what a person should know. */
  err(text: string): void;
  /** As `out`, for text with colours and cursor movements of our own, whose foreign parts are `printable` already. */
  draw(text: string): void;
  /** Is a person looking at standard output? */
  readonly interactive: boolean;
  /** Are colours wanted? Only on a terminal, and never with NO_COLOR (no-color.org). */
  readonly colours: boolean;
  readonly columns: number;
  readonly rows: number;
}

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  // A reader that had enough (`| head`) ends us; that is no error of ours.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') stderr.write(`hostbeat: the output cannot be written (${error.code}).\n`);
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.io);
  });
  // The reader of the pipe is gone; an agent goes on for its host.
  stderr.on('error', () => undefined);
  const interactive = stdout.isTTY === true;
  return {
    env,
    out: (text) => void stdout.write(text),
    draw: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    interactive,
    colours: interactive && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb',
    get columns() {
      return stdout.columns || 80;
    },
    get rows() {
      return stdout.rows || 24;
    },
  };
}

/**
 * The same terminal, which obeys nothing that was not meant for it: whatever is written by `out` and `err` may hold
 * names and messages of strangers, and is made harmless here, at the last moment.
 */
export function harmless(terminal: Terminal): Terminal {
  return Object.create(terminal, {
    out: { value: (text: string) => terminal.out(printableLines(text)) },
    err: { value: (text: string) => terminal.err(printableLines(text)) },
    draw: { value: (text: string) => terminal.draw(text) },
  }) as Terminal;
}

/** For programs, and for a person who looks all the same: what a terminal would obey or hide is escaped. */
export function json(value: unknown, indent?: number): string {
  return `${JSON.stringify(value, null, indent).replace(UNPRINTABLE, escaped)}\n`;
}

function escaped(character: string): string {
  if (character === '\n') return character;
  let text = '';
  for (let unit = 0; unit < character.length; unit++)
    text += `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`;
  return text;
}
