import type { Command } from 'commander';
import { addConnection, CREDENTIALS_HELP } from '../connection/connection.ts';
import type { Terminal } from '../support/terminal.ts';
import type { AuditFlags } from './run.ts';

export function declareAudit(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('audit')
    .summary('see who did what')
    .description('Print what operators did, newest first: who, from where, to what, and what it changed.');
  addConnection(command)
    .option('--actor <NAME>', 'by this user only, by name or id')
    .option('--action <NAME>', 'of this kind only, as service.force_down')
    .option(
      '--subject <NAME>',
      'to this only, as service:compute-1/nova-compute, instance:db-primary or user:alice',
    )
    .option('--since <TIME>', 'since this time, as 2026-01-01T00:00:00Z, or how long ago, as 10m')
    .option('--until <TIME>', 'until this time, in the same form')
    .option('--limit <N>', 'how many at most', '100')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `${CREDENTIALS_HELP}

Examples:
  $ hostbeat audit
  $ hostbeat audit --action service.force_down --since 2026-01-01T00:00:00Z --json`,
    )
    .action(async (flags: AuditFlags) => {
      const { listAudit } = await import('./run.ts');
      await listAudit(flags, terminal);
    });
}
