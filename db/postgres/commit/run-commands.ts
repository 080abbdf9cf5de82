/** Runs the commands of one transaction on the rows that were read for them. */
import { DomainError } from '../../../server/domain/errors.ts';
import type { Command } from './commit-queue.ts';
import type { Wanted } from './reads.ts';
import { Missing, type Unit } from './unit.ts';

/** Most items of one transaction; a command that begins below this bound is still taken. */
const MAX_ITEMS = 2_000;

export interface CommandsRun {
  /** Settles the commands that ran. @returns the others */
  finish(): readonly Command[];
}

/**
 * Runs commands in order up to the bound. If one needs a row that was not read, the rest still run: all missing rows
 * are then read in one round trip, and every command runs again.
 */
export function runAll(batch: readonly Command[], unit: Unit, missing: Wanted, fence: number): CommandsRun {
  const refused = new Map<Command, DomainError>();
  let done = 0;
  for (const command of batch) {
    if (unit.news.items >= MAX_ITEMS) break;
    done += 1;
    if (command.fence !== undefined && command.fence !== fence) {
      refused.set(command, lostLead());
      continue;
    }
    try {
      command.run(unit);
    } catch (error) {
      if (error instanceof Missing) error.into(missing);
      else refused.set(command, error as DomainError);
    }
  }
  return {
    finish() {
      for (const command of batch.slice(0, done)) {
        const error = refused.get(command);
        if (error === undefined) command.settle();
        else command.fail(error);
      }
      return batch.slice(done);
    },
  };
}

function lostLead(): DomainError {
  return new DomainError('unavailable', 'Another node leads now; nothing was changed');
}
