/** Which accounts a command acts on: those of a server, or with --offline those of the file. */
import type { ConnectionFlags } from '../connection/connection.ts';
import type { DatabaseFlags } from '../support/database.ts';
import type { Terminal } from '../support/terminal.ts';
import type { Directory } from './directory.ts';

/** Lets `work` do its work on the accounts of a server, or with --offline on those of the file. */
export async function withDirectory<T>(
  flags: ConnectionFlags & DatabaseFlags,
  terminal: Terminal,
  work: (directory: Directory) => Promise<T>,
): Promise<T> {
  const { connected, isThroughServer } = await import('../connection/connection.ts');
  if (isThroughServer(flags)) {
    const { serverDirectory } = await import('./of-server.ts');
    return work(serverDirectory(connected(flags, terminal).http));
  }
  const { withDatabase } = await import('../support/database.ts');
  const { fileDirectory } = await import('./of-file.ts');
  return withDatabase(flags, terminal, async (database) => work(await fileDirectory(database)));
}
