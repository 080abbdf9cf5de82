import type { Command } from 'commander';
import { addConnection, type ConnectionFlags, CREDENTIALS_HELP } from '../connection/connection.ts';
import type { Terminal } from '../support/terminal.ts';

export function declareDoctor(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('doctor')
    .summary('check a running deployment, say what is wrong')
    .description(
      'Check a running deployment as a client sees it, and say what is wrong and what to do: certificate, reachable and of the right version, ready, size of the write-ahead log, clocks, login, catalog, servers with a status, services that are silent, never heard or fenced, servers whose project or host does not exist, hosts whose names differ only by case or domain, and the stream.',
    );
  addConnection(command)
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Exits with 0 if all is well (a note is not a fault), 1 if something is wrong. It changes nothing.
${CREDENTIALS_HELP}

Examples:
  $ hostbeat doctor
  $ hostbeat doctor --url https://hostbeat.example.org --json`,
    )
    .action(async (flags: ConnectionFlags & { json?: boolean }) => {
      const { runDoctor } = await import('./run.ts');
      await runDoctor(flags, terminal);
    });
}
