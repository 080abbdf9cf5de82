import { pino } from 'pino';

export type Logger = Pick<pino.Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error'>;

/** JSON lines on standard error: standard output belongs to what a command answers. Secrets never get here. */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      redact: {
        paths: ['token', 'password', 'secret', '*.token', '*.password', '*.secret'],
        censor: '[hidden]',
      },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** For tests and for those who want silence. */
export const noLogger: Logger = createLogger('silent');
