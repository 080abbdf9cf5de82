import type { Command } from 'commander';
import { addSettings, type Flags } from '../support/settings-flags.ts';
import type { Terminal } from '../support/terminal.ts';

export function declareServe(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('serve')
    .summary('run the service')
    .description(
      'Run the service. Prints one line with its URL; logs are on standard error, as lines for people on a terminal and as JSON elsewhere. SIGTERM and SIGINT close sockets with a hint when to come back, and exit with 0; a second one exits at once. Policy, certificate and secrets are read again when their files change, and all of them by SIGHUP.',
    );
  addSettings(command)
    .addHelpText(
      'after',
      `
Durations are seconds, or a number with ms, s, m, h or d. Each flag is also the environment variable in brackets.

Examples:
  $ hostbeat serve
  $ hostbeat serve --config /etc/hostbeat/hostbeat.yaml
  $ HOSTBEAT_ADMIN_PASSWORD=… hostbeat serve --listen 0.0.0.0:8774 --tls-cert cert.pem --tls-key key.pem
  $ hostbeat serve --report-interval 500ms --service-down-time 2     notice silence within two seconds
  $ hostbeat serve --database-url sqlite:/var/lib/hostbeat/hostbeat.db --retention 7d`,
    )
    .action(async (flags: Flags) => {
      const { runServe } = await import('./run.ts');
      await runServe(flags, terminal);
    });
}
