/** Chooses the accounts that a command acts on: a server's, or with --offline the file's. */
import type { ConnectionFlags } from '../connection/connection.ts';
import type { DatabaseFlags } from '../support/database.ts';
import type { Terminal } from '../support/terminal.ts';
import type { AccountOperations } from './directory.ts';

/** Runs `work` on a server's accounts, or with --offline on the file's. */
export async function withDirectory<T>(
  flags: ConnectionFlags & DatabaseFlags,
  terminal: Terminal,
  work: (directory: AccountOperations) => Promise<T>,
): Promise<T> {
  const { connected, isThroughServer } = await import('../connection/connection.ts');
  if (isThroughServer(flags)) {
    const { serverDirectory } = await import('./of-server.ts');
    return work(serverDirectory((await connected(flags, terminal)).http));
  }
  const { withDatabase } = await import('../support/database.ts');
  const { fileDirectory } = await import('./of-file.ts');
  return withDatabase(flags, terminal, async (database) => work(await fileDirectory(database)));
}
