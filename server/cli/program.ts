/** The tree of commands. A command's work is imported when it runs: an agent never loads SQLite. */
import { Command } from 'commander';
import { SERVER } from '../version.ts';
import { declareAgent } from './commands/agent.ts';
import { declareAudit } from './commands/audit.ts';
import { declareBackup } from './commands/backup.ts';
import { declareBench } from './commands/bench.ts';
import { declareConfig } from './commands/config.ts';
import { declareDemo } from './commands/demo.ts';
import { declareDoctor } from './commands/doctor.ts';
import { declareInstances } from './commands/instances.ts';
import { declareMigrate } from './commands/migrate.ts';
import { declarePolicy } from './commands/policy.ts';
import { declareSeed } from './commands/seed.ts';
import { declareServe } from './commands/serve.ts';
import { declareServices } from './commands/services.ts';
import { declareToken } from './commands/token.ts';
import { declareUser } from './commands/user.ts';
import { declareWatch } from './commands/watch.ts';
import { declareWebhooks } from './commands/webhooks.ts';
import { exitCodesHelp } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** Adds one command, with all its options and examples, below a parent. */
export type Declare = (parent: Command, terminal: Terminal) => void;

const COMMANDS: readonly Declare[] = [
  declareServe,
  declareAgent,
  declareWatch,
  declareDemo,
  declareServices,
  declareAudit,
  declareInstances,
  declareWebhooks,
  declareUser,
  declareToken,
  declareSeed,
  declareConfig,
  declarePolicy,
  declareMigrate,
  declareBackup,
  declareDoctor,
  declareBench,
];

export function createProgram(terminal: Terminal): Command {
  const program = new Command('hostbeat')
    .description(
      'Heartbeats in, host_status out: tells the owner of a server at once that the host beneath it is gone.',
    )
    .version(SERVER.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: (text, write) => write(text.replace(/^error: /, 'hostbeat: ')),
      getOutHelpWidth: () => Math.min(terminal.columns, 110),
      getErrHelpWidth: () => Math.min(terminal.columns, 110),
      getOutHasColors: () => terminal.colours,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('Add --help to see how it is used.')
    .addHelpText(
      'after',
      `
Examples:
  $ hostbeat demo                           see it work, nothing to prepare
  $ hostbeat serve                          run the service on http://127.0.0.1:8774
  $ hostbeat agent --host compute-1         report that compute-1 is alive
  $ hostbeat watch                          see your servers' host_status change
${exitCodesHelp()}`,
    );
  for (const declare of COMMANDS) declare(program, terminal);
  return program;
}
