import type { Command } from 'commander';
import { addConnection, type ConnectionFlags, CREDENTIALS_HELP } from '../connection/connection.ts';
import type { Terminal } from '../support/terminal.ts';

export function declareDoctor(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('doctor')
    .summary('check a running deployment, say what is wrong')
    .description(
      'Check a running deployment as a client sees it, and say what is wrong and what to do: reachable, ready, clocks, login, catalog, API version, stream, silent and fenced services.',
    );
  addConnection(command)
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Ends with 0 if all is well (a note is no fault), 1 if something is wrong. It changes nothing.
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
