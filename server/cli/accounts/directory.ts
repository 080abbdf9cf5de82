/** Users, projects and roles for the commands: one interface for a running server and for the database file. */
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';

export interface NamedAccount {
  readonly id: string;
  readonly name: string;
}

export interface Account extends NamedAccount {
  readonly enabled: boolean;
}

/** The account operations of the commands, in a server or in a file. */
export interface AccountOperations {
  users(): Promise<readonly Account[]>;
  projects(): Promise<readonly Account[]>;
  roles(): Promise<readonly NamedAccount[]>;
  addUser(user: { readonly name: string; readonly password: string }): Promise<NamedAccount>;
  addProject(name: string): Promise<NamedAccount>;
  setPassword(user: NamedAccount, password: string): Promise<void>;
  deleteUser(user: NamedAccount): Promise<void>;
  grant(user: NamedAccount, project: NamedAccount, role: NamedAccount): Promise<void>;
  revoke(user: NamedAccount, project: NamedAccount, role: NamedAccount): Promise<void>;
  /** Roles of users in projects. */
  grants(): Promise<readonly { readonly user: string; readonly project: string; readonly role: string }[]>;
}

/**
 * Finds by id or by name. A name wins over an equal id.
 * @throws CliError `failed` if nothing matches
 */
export function findNamed<T extends NamedAccount>(what: string, all: readonly T[], idOrName: string): T {
  const found =
    all.find(({ name }) => name === idOrName) ??
    all.find(({ id }) => id === idOrName) ??
    onlyOne(all.filter(({ id }) => idOrName.length >= SHORTEST_ID && id.startsWith(idOrName)));
  if (found !== undefined) return found;
  throw new CliError(
    EXIT.failed,
    `there is no ${what} "${idOrName}"; "hostbeat ${LIST[what] ?? what} list" shows which exist.`,
  );
}

/** The command's name, where it differs from the noun. */
const LIST: Readonly<Record<string, string>> = { webhook: 'webhooks' };

/** The beginning of an id, as tables show it, is enough if it is unique. */
const SHORTEST_ID = 8;

function onlyOne<T>(found: readonly T[]): T | undefined {
  return found.length === 1 ? found[0] : undefined;
}

/** A short id for tables. `--json` prints whole ids. */
export function shortId(id: string): string {
  return id.slice(0, SHORTEST_ID);
}
