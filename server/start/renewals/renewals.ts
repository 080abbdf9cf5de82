/** Files that can be renewed while the server runs: policy, certificate, authorities, secrets. */
import { watchFiles } from '../../config/files/watch-files.ts';
import { systemTimers } from '../../timers.ts';
import type { Core } from '../core.ts';

/** Files that are read together, and how their contents are applied. */
export interface Renewable {
  /** For log lines and the metric: `policy`, `certificate`, `authorities`, `secrets`. */
  readonly name: 'policy' | 'certificate' | 'authorities' | 'secrets';
  readonly files: readonly string[];
  /** See watch-files.ts. */
  readonly readsFirst?: boolean;
  /**
   * Applies the files' contents.
   * @returns false if nothing is new, or words for the log
   * @throws DomainError `invalid` for unusable contents; the previous ones stay in force
   */
  readonly renew: () => Promise<Outcome> | Outcome;
}

type Outcome = string | boolean | undefined;

export class Renewals {
  readonly #core: Pick<Core, 'logger' | 'metrics' | 'closing'>;
  readonly #all: Renewable[] = [];

  constructor(core: Pick<Core, 'logger' | 'metrics' | 'closing'>) {
    this.#core = core;
  }

  /** Watches the files from now on, and reads them again on request. */
  add(renewable: Renewable): void {
    this.#all.push(renewable);
    const { files, readsFirst = false } = renewable;
    if (files.length === 0) return;
    let said: string | undefined;
    this.#core.closing.add(
      watchFiles(files, {
        readsFirst,
        reload: async () => {
          const outcome = await renewable.renew();
          said = wordsOf(outcome);
          return outcome !== false;
        },
        done: (error) =>
          this.#log(renewable, error, `its file has changed${said === undefined ? '' : `, ${said}`}`),
        setTimer: systemTimers.setTimer,
      }),
    );
  }

  /** Reads all files again, as on SIGHUP, and logs the result of each. Never throws. */
  async reload(): Promise<void> {
    for (const renewable of this.#all) {
      try {
        const outcome = await renewable.renew();
        this.#log(renewable, undefined, outcome === false ? 'nothing in it is new' : wordsOf(outcome));
      } catch (error) {
        this.#log(renewable, error);
      }
    }
  }

  #log({ name }: Renewable, error: unknown, words?: string): void {
    const { logger, metrics } = this.#core;
    metrics.reloads.inc({ what: name, outcome: error === undefined ? 'taken' : 'refused' });
    const one = name === 'policy' || name === 'certificate' ? 'the one' : 'those';
    if (error === undefined) logger.info(`${name} reloaded${words === undefined ? '' : `: ${words}`}`);
    else
      logger.error({ err: error }, `${name} not reloaded: ${one} in force stay${one === 'those' ? '' : 's'}`);
  }
}

function wordsOf(outcome: Outcome): string | undefined {
  return typeof outcome === 'string' ? outcome : undefined;
}
