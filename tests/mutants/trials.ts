/** Tries one mutant after the other on the tests and the simulation, in copies of the tree. */
import { join } from 'node:path';
import { parse } from 'uvu/parse';
import { type Cluster, postgresBinaries, startCluster } from '../support/postgres/cluster.ts';
import type { Mutant } from './mutant.ts';
import { needsPostgres, testFilesOf } from './test-files.ts';
import { type Outcome, trySimulation, tryTestFile } from './trial.ts';
import type { Workspace } from './workspace.ts';

/** What the simulation runs at all. */
const SIMULATED = /^(server\/(domain|liveness|hub|stream|identity|start)|db|client-sdk\/src)\//;

/** A test file that takes longer hangs. */
const LONGEST_FILE_MS = 150_000;
const LONGEST_BESIDE_ITS_TIME = 6;

/** A test that failed after this time may have waited for a machine that was busy. */
const LONG_WAIT_MS = 5_000;

export interface TrialOptions {
  readonly simulate: boolean;
  /** No trial goes on after this moment of `performance.now()`. */
  readonly latest: number;
}

function mayBeTimeOut({ result, afterMs = 0 }: Outcome): boolean {
  return result === 'killed' && afterMs >= LONG_WAIT_MS;
}

export class Trials {
  readonly #testFiles: readonly string[];
  readonly #durations = new Map<string, number>();
  /** By test file: whether it passes on the sound code. */
  readonly #sound = new Map<string, Promise<Outcome>>();
  readonly #options: TrialOptions;
  readonly #cluster: Cluster | undefined;

  private constructor(testFiles: readonly string[], cluster: Cluster | undefined, options: TrialOptions) {
    this.#testFiles = testFiles;
    this.#cluster = cluster;
    this.#options = options;
  }

  /** Starts a PostgreSQL where the mutants need one and this machine has it. */
  static async begin(mutants: readonly Mutant[], options: TrialOptions): Promise<Trials> {
    const { suites } = await parse(join(import.meta.dirname, '..'), /\.test\.ts$/);
    const names = suites.map(({ name }) => name);
    const isNeeded = mutants.some((mutant) =>
      testFilesOf(mutant, names, undefined, new Map()).some(needsPostgres),
    );
    const isNamed = process.env.HOSTBEAT_TEST_POSTGRES_URL !== undefined;
    const bin = isNeeded && !isNamed ? postgresBinaries() : undefined;
    const cluster = bin === undefined ? undefined : await startCluster(bin);
    const canPostgres = isNamed || cluster !== undefined;
    return new Trials(
      names.filter((name) => canPostgres || !needsPostgres(name)),
      cluster,
      options,
    );
  }

  /** @returns undefined where time was up, or nothing here can try it */
  async try(
    workspace: Workspace,
    mutant: Mutant,
    noticedBy: string | undefined,
  ): Promise<Outcome | undefined> {
    const files = testFilesOf(mutant, this.#testFiles, noticedBy, this.#durations);
    const isSimulated = this.#options.simulate && SIMULATED.test(mutant.file);
    if (files.length === 0 && !isSimulated) return undefined;
    let unsound: Outcome | undefined;
    for (const file of files) {
      const outcome = await workspace.with(mutant, () => this.#run(workspace, file));
      if (this.#isLate) return undefined;
      if (outcome.result === 'survived') continue;
      if (outcome.result === 'broken') return outcome;
      const baseline = await this.#baseline(workspace, file);
      if (this.#isLate) return undefined;
      // A test that fails on sound code too has noticed nothing; another may.
      if (baseline.result !== 'survived') {
        unsound = { result: 'broken', by: `fails without the fault too: ${baseline.by}` };
        continue;
      }
      if (mayBeTimeOut(outcome)) {
        const again = await workspace.with(mutant, () => this.#run(workspace, file));
        if (this.#isLate) return undefined;
        if (again.by !== outcome.by) {
          unsound = { result: 'broken', by: `failed once, after a long wait: ${outcome.by}` };
          continue;
        }
      }
      return outcome;
    }
    if (isSimulated) {
      const left = this.#options.latest - performance.now();
      const simulated = await workspace.with(mutant, () => trySimulation(workspace.folder, mutant.sim, left));
      if (this.#isLate) return undefined;
      if (simulated.result !== 'survived') return simulated;
    }
    return unsound ?? { result: 'survived', by: '' };
  }

  async close(): Promise<void> {
    await this.#cluster?.close();
  }

  #baseline(workspace: Workspace, file: string): Promise<Outcome> {
    const known = this.#sound.get(file);
    if (known !== undefined) return known;
    const baseline = this.#run(workspace, file);
    this.#sound.set(file, baseline);
    void baseline.then(({ result }) => {
      // It may pass when the machine is less busy.
      if (result !== 'survived') this.#sound.delete(file);
    });
    return baseline;
  }

  async #run(workspace: Workspace, file: string): Promise<Outcome> {
    const known = this.#durations.get(file);
    const usual = Math.max(LONGEST_FILE_MS, LONGEST_BESIDE_ITS_TIME * (known ?? 0));
    const began = performance.now();
    const env =
      this.#cluster === undefined
        ? process.env
        : { ...process.env, HOSTBEAT_TEST_POSTGRES_URL: this.#cluster.url };
    const limit = Math.min(usual, Math.max(1, this.#options.latest - began));
    const outcome = await tryTestFile(workspace.folder, file, limit, env);
    if (outcome.result === 'survived') this.#durations.set(file, performance.now() - began);
    return outcome;
  }

  get #isLate(): boolean {
    return performance.now() >= this.#options.latest;
  }
}
