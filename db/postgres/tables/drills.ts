/** The table `drills`. It has rows only while drills are under way. */
import type { Drill } from '../../../server/domain/drill.ts';
import { getTableColumns } from '../../drizzle.ts';
import type { Reads } from '../connection/reads.ts';
import { drills } from '../schema/drills.ts';
import { fieldsOf } from './rows.ts';

const columns = getTableColumns(drills);
const KEYS = Object.keys(columns) as (keyof Drill)[];

export const DRILL_FIELDS = fieldsOf(KEYS, columns);

/** `SELECT` of whole drills; a condition on `d` follows. */
export const SELECT_DRILLS = `SELECT ${KEYS.map((key) => `d."${columns[key].name}"`).join(', ')} FROM drills d`;
/** In the order in which they started. */
export const IN_ORDER = 'ORDER BY d.started_at, d.id';

export function toDrill(row: readonly unknown[]): Drill {
  const drill = Object.fromEntries(KEYS.map((key, n) => [key, row[n]]));
  return { ...drill, servers: JSON.parse(drill.servers as string) } as Drill;
}

export async function drillsOf(reads: Reads, projectId?: string): Promise<readonly Drill[]> {
  const rows = await reads.rows<unknown[]>({
    name: 'drills of',
    text: `${SELECT_DRILLS} WHERE $1::text IS NULL OR d.project_id = $1 ${IN_ORDER}`,
    values: [projectId ?? null],
    rowMode: 'array',
  });
  return rows.map(toDrill);
}
