import { type Command, Option } from 'commander';
import { HOST_STATUSES } from '../../../client-sdk/protocol/host-status.ts';
import { addConnection, CREDENTIALS_HELP } from '../connection/connection.ts';
import type { Terminal } from '../support/terminal.ts';
import type { WatchFlags } from './run.ts';

export function declareWatch(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('watch')
    .summary('see host_status change, live')
    .description(
      'See host_status change: a live table on a terminal, a line per change when piped. Survives every disconnect and misses nothing.',
    );
  addConnection(command)
    .option('--hosts', 'every service instead of your own servers; for operators')
    .option('--project <NAME>', "another project's servers; for administrators")
    .option('--server <SERVER...>', 'these servers only, by id or name')
    .addOption(
      new Option('--host-status <VALUE...>', 'only changes from or to one of these').choices(
        HOST_STATUSES.filter((value) => value !== ''),
      ),
    )
    .option('--drills', 'count drills as if they were true, marked as such')
    .option('--json', 'one JSON object a line, as the client library gives them')
    .option('--plain', 'a line per change, even on a terminal')
    .option('--once', 'show the present state and end')
    .addHelpText(
      'after',
      `
Exits with 0 on SIGINT and SIGTERM, 69 if the server is not there at the start, 77 if it refuses you.
Colours only on a terminal, and never with NO_COLOR.
${CREDENTIALS_HELP}

Examples:
  $ hostbeat watch
  $ hostbeat watch --hosts --url https://hostbeat.example.org
  $ hostbeat watch --json --host-status DOWN | while read -r line; do … ; done`,
    )
    .action(async (flags: WatchFlags) => {
      const { runWatch } = await import('./run.ts');
      await runWatch(flags, terminal);
    });
}
