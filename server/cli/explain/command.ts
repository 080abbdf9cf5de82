import type { Command } from 'commander';
import { addConnection, CREDENTIALS_HELP } from '../connection/connection.ts';
import type { Terminal } from '../support/terminal.ts';
import type { ExplainFlags } from './run.ts';

export function declareExplain(parent: Command, terminal: Terminal): void {
  addConnection(
    parent
      .command('explain')
      .summary('why a host or a server was shown as it was')
      .description(
        'Print why a host, or the host of a server, was shown as it was: its last reports, how hostbeat itself was, what was committed, to whom it was sent, and a verdict. Owners see what concerns their own server.',
      )
      .argument('<host-or-server>', 'name of a host, or id or name of a server'),
  )
    .option(
      '--at <TIME>',
      'the moment to explain, as 2026-01-31T12:00:00Z, or how long ago, as 10m; now, without it',
    )
    .option('--binary <NAME>', 'which service of the host', 'nova-compute')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `${CREDENTIALS_HELP}\n\nExamples:\n  $ hostbeat explain compute-1\n  $ hostbeat explain compute-1 --at 2026-01-31T12:00:00Z\n  $ hostbeat explain db-primary --at 10m`,
    )
    .action(async (what: string, flags: ExplainFlags) => {
      const { explain } = await import('./run.ts');
      await explain(what, flags, terminal);
    });
}
