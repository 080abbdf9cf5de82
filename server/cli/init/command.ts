import type { Command } from 'commander';
import type { Terminal } from '../support/terminal.ts';
import type { InitFlags } from './run.ts';

export function declareInit(parent: Command, terminal: Terminal): void {
  parent
    .command('init')
    .summary('write a configuration file for serve')
    .description(
      'Write a configuration file for "serve --config". On a terminal it asks for what no flag gives; elsewhere, and with --yes, it takes the defaults. It never replaces a file.',
    )
    .option('--output <FILE>', 'the file to write', 'hostbeat.yaml')
    .option('--listen <HOST:PORT>', 'address to listen on')
    .option('--public-url <URL>', 'URL by which clients reach it, if it differs')
    .option('--tls-cert <FILE>', 'certificate chain (PEM)')
    .option('--tls-key <FILE>', 'private key of the certificate (PEM)')
    .option('--database-url <URL>', 'where state is kept')
    .option(
      '--admin-password-file <FILE>',
      'file with the password of user admin (default: one is generated)',
    )
    .option('--yes', 'ask nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  $ hostbeat init\n  $ hostbeat init --yes --listen 0.0.0.0:8774 --output /etc/hostbeat/hostbeat.yaml',
    )
    .action(async (flags: InitFlags) => {
      const { runInit } = await import('./run.ts');
      await runInit(flags, terminal);
    });
}
