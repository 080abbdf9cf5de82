import type { Drill } from '../../../server/domain/drill.ts';
import { asc, eq } from '../../drizzle.ts';
import type { Drizzle, SqliteConnection } from '../file/connection.ts';
import { drills } from '../schema/drills.ts';

/** The table `drills`. It has rows only while drills are under way. */
export class DrillTable {
  readonly #db: Drizzle;
  readonly #isAny: { get(): unknown };

  constructor({ client, drizzle }: SqliteConnection) {
    this.#db = drizzle;
    this.#isAny = client.prepare('SELECT 1 FROM drills LIMIT 1').pluck();
  }

  /** Every transaction asks, because real changes end drills; nearly always no drill runs. */
  any(): boolean {
    return this.#isAny.get() !== undefined;
  }

  /** In the order in which they started. */
  list(projectId?: string): readonly Drill[] {
    return this.#db
      .select()
      .from(drills)
      .where(projectId === undefined ? undefined : eq(drills.projectId, projectId))
      .orderBy(asc(drills.startedAt), asc(drills.id))
      .all();
  }

  write({ ended, put }: { readonly ended: readonly string[]; readonly put: readonly Drill[] }): void {
    for (const id of ended) this.#db.delete(drills).where(eq(drills.id, id)).run();
    for (const drill of put) {
      const { id: _, ...set } = drill;
      this.#db.insert(drills).values(drill).onConflictDoUpdate({ target: drills.id, set }).run();
    }
  }
}
