import { pino } from 'pino';
import { redaction } from './redaction.ts';

export type Logger = Pick<pino.Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error'>;

/**
 * JSON lines on standard error: standard output belongs to what a command answers. Every line is cleaned of secrets
 * last of all: see redaction.ts.
 * @param secrets values that no line may hold
 */
export function createLogger(level: string, secrets: readonly (string | undefined)[] = []): Logger {
  const destination = pino.destination({ dest: 2, sync: true });
  // A disk too full for the log is no reason to end: clients still get their changes.
  destination.on('error', () => undefined);
  return loggerTo(destination, level, secrets);
}

export function loggerTo(
  destination: pino.DestinationStream,
  level: string,
  secrets: readonly (string | undefined)[] = [],
): Logger {
  return pino({ level, base: null, hooks: { streamWrite: redaction(secrets) } }, destination);
}

/** For tests and for those who want silence. */
export const noLogger: Logger = createLogger('silent');
