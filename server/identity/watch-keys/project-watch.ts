/** Asks Keystone whether projects with watch keys still exist, and suspends the keys of those that do not. */
import type { Clock, Duration } from '../../domain/clock.ts';
import type { WatchKeyStore } from '../../ports/watch-key-store.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Verifier } from '../remote/verifier.ts';
import type { Revocations } from '../tokens/revocations.ts';

/**
 * How long the keys of a missing project are kept, though they open nothing: a Keystone that was restored from a
 * backup, or a wrong one, must not delete them for good.
 */
const KEPT_WHEN_GONE: Duration = 7 * 24 * 3_600_000;

export interface ProjectWatchOptions {
  readonly keys: Pick<WatchKeyStore, 'projects' | 'ofProject' | 'suspend' | 'removeOfProject'>;
  readonly stateOf: NonNullable<Verifier['projectState']>;
  readonly revocations: Revocations;
  readonly every: Duration;
  readonly clock: Pick<Clock, 'now'>;
  readonly setTimer: (then: () => void, after: Duration) => () => void;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

export class ProjectWatch {
  readonly #with: ProjectWatchOptions;
  #cancel: () => void = () => undefined;
  #closed = false;

  constructor(options: ProjectWatchOptions) {
    this.#with = options;
    this.#wait();
  }

  /** One round over all projects. While Keystone is away or refuses to answer, nothing changes. */
  async look(): Promise<void> {
    for (const projectId of await this.#with.keys.projects()) {
      if (this.#closed) return;
      await this.#lookAt(projectId);
    }
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  async #lookAt(projectId: string): Promise<void> {
    const { keys, stateOf, revocations, clock, logger } = this.#with;
    const state = await stateOf(projectId);
    if (state === undefined) return;
    if (state === 'enabled') {
      if ((await keys.suspend(projectId, null)) > 0)
        logger.info({ projectId, state }, 'watch keys work again');
      return;
    }
    const now = clock.now();
    if ((await keys.suspend(projectId, now)) > 0) {
      logger.warn({ projectId, state }, 'watch keys are suspended with their project');
      revocations.ended({ projectId });
    }
    if (state !== 'gone') return;
    const keysOfProject = await keys.ofProject(projectId);
    if (!keysOfProject.some(({ suspendedAt }) => suspendedAt !== null && now - suspendedAt >= KEPT_WHEN_GONE))
      return;
    const removed = await keys.removeOfProject(projectId);
    logger.warn({ projectId, keys: removed.length }, 'watch keys are removed with their project');
  }

  #wait(): void {
    this.#cancel = this.#with.setTimer(() => {
      const { logger } = this.#with;
      void this.look()
        .catch((error: unknown) =>
          logger.warn({ err: error }, 'Keystone could not be asked about the projects of watch keys'),
        )
        .finally(() => {
          if (!this.#closed) this.#wait();
        });
    }, this.#with.every);
  }
}
