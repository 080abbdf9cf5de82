/** A command's input, output and environment; a test passes its own. */
import process from 'node:process';
import { EXIT } from './exit-codes.ts';
import { printableLines, UNPRINTABLE } from './text.ts';

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output: the command's result, and nothing else. */
  out(text: string): void;
  /** Standard error: messages for a person. */
  err(text: string): void;
  /** As `out`, for text with our own colours and cursor movements; all other parts are `printable` already. */
  draw(text: string): void;
  /** Whether standard output is a terminal. */
  readonly interactive: boolean;
  /** Whether to print colours: only on a terminal, and never with NO_COLOR (no-color.org). */
  readonly colours: boolean;
  readonly columns: number;
  readonly rows: number;
}

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  // A reader that closes the pipe (`| head`) ends the command; that is not an error.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') stderr.write(`hostbeat: the output cannot be written (${error.code}).\n`);
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.io);
  });
  // The reader of the pipe is gone; an agent continues to report for its host.
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
 * The same terminal, protected from control characters: texts written by `out` and `err` may contain names and messages
 * from strangers, and are escaped here, at the last moment.
 */
export function harmless(terminal: Terminal): Terminal {
  return Object.create(terminal, {
    out: { value: (text: string) => terminal.out(printableLines(text)) },
    err: { value: (text: string) => terminal.err(printableLines(text)) },
    draw: { value: (text: string) => terminal.draw(text) },
  }) as Terminal;
}

/** For JSON: escapes characters that a terminal would obey or hide, in case a person looks at it. */
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
