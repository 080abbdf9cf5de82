import { pino } from 'pino';
import { redaction } from './redaction.ts';

export type Logger = Pick<pino.Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error'>;

/** What a line looks like where it is written: given and returned with its line break. */
export type RenderLine = (json: string) => string;

/**
 * JSON lines on standard error: standard output belongs to what a command answers. Every line is cleaned of secrets
 * first: see redaction.ts.
 * @param secrets values that no line may hold
 * @param render what is made of a clean line; as it is, if absent
 */
export function createLogger(
  level: string,
  secrets: readonly (string | undefined)[] = [],
  render?: RenderLine,
): Logger {
  const destination = pino.destination({ dest: 2, sync: true });
  // A disk too full for the log is no reason to end: clients still get their changes.
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

/** For tests and for those who want silence. */
export const noLogger: Logger = createLogger('silent');
