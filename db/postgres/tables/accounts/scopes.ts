/** Shared by the tables of accounts: how a scope is written, and what a taken name means. */
import { DomainError } from '../../../../server/domain/errors.ts';
import type { Scope } from '../../../../server/ports/accounts.ts';
import type { Touched } from '../../../../server/ports/committed.ts';
import { and, eq, type SQL } from '../../../drizzle.ts';
import { targetOf } from '../../../scope-columns.ts';
import { sqlState } from '../../connection/driver.ts';
import type { assignments, tokens } from '../../schema/identity.ts';
import type { AccountChange } from '../touching.ts';

/** A row that existed is gone. */
export function removedOf(
  { rowCount }: { readonly rowCount: number | null },
  touched: Touched,
): AccountChange<boolean> {
  const result = (rowCount ?? 0) > 0;
  return { result, touched: result ? [touched] : [] };
}

/** A name conflict is the cause behind the driver's general error. */
export async function unlessTaken<T>(what: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const { cause } = error as Error;
    if (sqlState(cause) !== '23505') throw error;
    throw new DomainError('conflict', `There is a ${what} already; choose another name`, { cause });
  }
}

export function isOn(table: typeof assignments | typeof tokens, scope: Scope): SQL | undefined {
  return and(eq(table.scope, scope.on), eq(table.target, targetOf(scope)));
}
