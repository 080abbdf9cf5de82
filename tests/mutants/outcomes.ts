/** What was the outcome of each mutant when it was last tried, and when: `outcomes.jsonl`, a line a mutant. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './mutant.ts';
import type { Outcome } from './trial.ts';

const path = join(import.meta.dirname, 'outcomes.jsonl');

export interface KeptOutcome {
  readonly promise: string;
  /** The day on which it was tried. */
  readonly date: string;
  readonly result: Outcome['result'];
  /** What noticed it. */
  readonly by: string;
  readonly file?: string | undefined;
  /** Of the edits that were tried. An outcome of other edits proves nothing. */
  readonly edits: string;
}

export class Outcomes {
  readonly #kept = new Map<string, KeptOutcome>();

  constructor() {
    if (!existsSync(path)) return;
    for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
      const kept = JSON.parse(line) as KeptOutcome;
      this.#kept.set(kept.promise, kept);
    }
  }

  /** @returns undefined where it has never been tried as it is now */
  of(mutant: Mutant): KeptOutcome | undefined {
    const kept = this.#kept.get(mutant.promise);
    return kept?.edits === fingerprint(mutant) ? kept : undefined;
  }

  set(mutant: Mutant, { result, by, file }: Outcome, date: string): void {
    const { promise } = mutant;
    this.#kept.set(promise, { promise, date, result, by, file, edits: fingerprint(mutant) });
  }

  /** Writes what is known of these mutants, in their order, and forgets all others. */
  write(mutants: readonly Mutant[]): void {
    const lines = mutants.flatMap((mutant) => {
      const kept = this.of(mutant);
      return kept === undefined ? [] : [JSON.stringify(kept)];
    });
    writeFileSync(path, `${lines.join('\n')}\n`);
  }
}

function fingerprint({ file, edits }: Mutant): string {
  return createHash('sha256')
    .update(JSON.stringify([file, edits]))
    .digest('hex')
    .slice(0, 12);
}
