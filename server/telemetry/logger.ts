import { pino } from 'pino';
import { redaction } from './redaction.ts';

export type Logger = Pick<pino.Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error'>;

/** Renders a line for its destination. Both texts end with a line break. */
export type RenderLine = (json: string) => string;

/**
 * Writes JSON lines to standard error: standard output is for a command's result. Secrets are removed from every line
 * first: see redaction.ts.
 * @param secrets values that no line may contain
 * @param render renders a cleaned line; absent: it stays JSON
 */
export function createLogger(
  level: string,
  secrets: readonly (string | undefined)[] = [],
  render?: RenderLine,
): Logger {
  const destination = pino.destination({ dest: 2, sync: true });
  // A disk that is too full for the log must not end the process: clients still get their changes.
  destination.on('error', () => undefined);
  return loggerTo(destination, level, secrets, render);
}

export function loggerTo(
  destination: pino.DestinationStream,
  level: string,
  secrets: readonly (string | undefined)[] = [],
  render: RenderLine = (line) => line,
): Logger {
  const clean = redaction(secrets);
  return pino({ level, base: null, hooks: { streamWrite: (line) => render(clean(line)) } }, destination);
}

/** Logs nothing: for tests and embedders. */
export const noLogger: Logger = createLogger('silent');
