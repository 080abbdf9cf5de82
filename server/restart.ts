/**
 * Keeps a server running through the one event that no part of it survives: its database has another log, because
 * another PostgreSQL server took over or the database was restored. Each part's memory belongs to the old log, so all
 * parts are closed and started again, as after a restart of the process. Clients reconnect and get a reset.
 */
import type { Logger } from './telemetry/logger.ts';

export interface Restartable {
  readonly url: string;
  readonly generatedPassword?: string;
  /** Resolves when everything must start again. */
  readonly outdated: Promise<void>;
  reloadPolicy(): Promise<void>;
  /** Reads every renewable file again, and logs the result of each. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

export interface RestartOptions {
  readonly logger: Pick<Logger, 'warn' | 'error' | 'info'>;
  readonly pause: (ms: number) => Promise<void>;
}

/** The database may still be away when the parts start again. */
const TRY_AGAIN_MS = 1_000;

/** @param start gets the port that the first server listened on @throws what the first start throws */
export async function keepRunning<T extends Restartable>(
  start: (port: number | undefined) => Promise<T>,
  { logger, pause }: RestartOptions,
): Promise<Omit<Restartable, 'outdated'>> {
  let current = await start(undefined);
  const { url, generatedPassword } = current;
  const port = Number(new URL(url).port) || undefined;
  let isClosed = false;
  let end = () => {};
  const running = follow();

  async function follow(): Promise<void> {
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    for (;;) {
      await Promise.race([current.outdated, over]);
      if (isClosed) return;
      logger.warn('the database has another log now: every part of hostbeat starts again');
      await current.close();
      while (!isClosed) {
        try {
          current = await start(port);
          break;
        } catch (error) {
          logger.error({ err: error }, 'starting again failed; it is tried again in a second');
          await Promise.race([pause(TRY_AGAIN_MS), over]);
        }
      }
    }
  }

  return {
    url,
    ...(generatedPassword === undefined ? {} : { generatedPassword }),
    reloadPolicy: () => current.reloadPolicy(),
    reload: () => current.reload(),
    async close() {
      isClosed = true;
      end();
      await running;
      await current.close();
    },
  };
}
