/** The drills that one transaction looks at and changes, for both adapters. */
import type { Change } from '../client-sdk/protocol/items.ts';
import { type Drill, onTrueChanges } from '../server/domain/drill.ts';

/** A project's drills as the transaction found them; an adapter may throw to read them and run again. */
export type ReadDrills = (projectId: string) => readonly Drill[];

export class TransactionDrills {
  readonly #read: ReadDrills;
  readonly #found = new Map<string, readonly Drill[]>();
  readonly #present = new Map<string, readonly Drill[]>();
  #any: boolean;

  /** @param any whether the table has a row at all: usually not, and then a change costs nothing here */
  constructor(any: boolean, read: ReadDrills) {
    this.#any = any;
    this.#read = read;
  }

  of(projectId: string): readonly Drill[] {
    const known = this.#present.get(projectId);
    if (known !== undefined) return known;
    const found = this.#any ? this.#read(projectId) : [];
    this.#found.set(projectId, found);
    this.#present.set(projectId, found);
    return found;
  }

  set(projectId: string, drills: readonly Drill[]): void {
    this.of(projectId);
    this.#present.set(projectId, drills);
  }

  /** Real changes of a project's servers. @returns the changes as they are logged */
  endedBy(projectId: string, changes: readonly Change[]): readonly Change[] {
    if (!this.#any && this.#present.size === 0) return changes;
    const after = onTrueChanges(this.of(projectId), changes);
    this.#present.set(projectId, after.drills);
    return after.changes;
  }

  /** The rows to write: ended drills, by id, and those that are new or have fewer servers. */
  writes(): { readonly ended: readonly string[]; readonly put: readonly Drill[] } {
    const ended: string[] = [];
    const put: Drill[] = [];
    for (const [projectId, present] of this.#present) {
      const found = this.#found.get(projectId) ?? [];
      if (present === found) continue;
      const before = new Set(found);
      const ids = new Set(present.map(({ id }) => id));
      for (const { id } of found) if (!ids.has(id)) ended.push(id);
      for (const drill of present) if (!before.has(drill)) put.push(drill);
    }
    return { ended, put };
  }
}
