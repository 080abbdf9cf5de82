/** The tree of commands. A command's code is imported when it runs: an agent never loads SQLite. */
import { Command } from 'commander';
import { SERVER } from '../version.ts';
import { declareAgent } from './agent/command.ts';
import { declareAudit } from './audit/command.ts';
import { declareBackup } from './backup/command.ts';
import { declareBench } from './bench/command.ts';
import { declareCompletion } from './completion/command.ts';
import { declareConfig } from './config/command.ts';
import { declareConformance } from './conformance/command.ts';
import { declareCursorKey } from './cursor-key/command.ts';
import { declareDemo } from './demo/command.ts';
import { declareDoctor } from './doctor/command.ts';
import { declareDrill } from './drill/command.ts';
import { declareExplain } from './explain/command.ts';
import { declareHistory } from './history/command.ts';
import { declareHosts } from './hosts/command.ts';
import { declareInit } from './init/command.ts';
import { declareInstances } from './instances/command.ts';
import { declareKey } from './key/command.ts';
import { declareMaintenance } from './maintenance/command.ts';
import { declareMigrate } from './migrate/command.ts';
import { declareNodes } from './nodes/command.ts';
import { declarePolicy } from './policy/command.ts';
import { declareProject } from './project/command.ts';
import { declareSeed } from './seed/command.ts';
import { declareServe } from './serve/command.ts';
import { declareServices } from './services/command.ts';
import { exitCodesHelp, fewExitCodesHelp } from './support/exit-codes.ts';
import type { Terminal } from './support/terminal.ts';
import { declareToken } from './token/command.ts';
import { declareUpgrade } from './upgrade/command.ts';
import { declareUser } from './user/command.ts';
import { declareWatch } from './watch/command.ts';
import { declareWebhooks } from './webhooks/command.ts';

/** Adds one command, with all its options and examples, below a parent. */
export type Declare = (parent: Command, terminal: Terminal) => void;

const COMMANDS: readonly Declare[] = [
  declareServe,
  declareInit,
  declareAgent,
  declareWatch,
  declareDemo,
  declareServices,
  declareHosts,
  declareNodes,
  declareInstances,
  declareExplain,
  declareHistory,
  declareMaintenance,
  declareAudit,
  declareWebhooks,
  declareKey,
  declareDrill,
  declareCursorKey,
  declareUser,
  declareProject,
  declareToken,
  declareSeed,
  declareConfig,
  declarePolicy,
  declareMigrate,
  declareUpgrade,
  declareBackup,
  declareDoctor,
  declareBench,
  declareCompletion,
  declareConformance,
];

export function createProgram(terminal: Terminal): Command {
  const program = new Command('hostbeat')
    .description(
      'Heartbeats in, host_status out: notifies the owner of a server at once when its host is gone.',
    )
    .version(SERVER.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .option('--debug', 'show where an error was thrown')
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: terminal.draw,
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
  for (const command of program.commands) command.addHelpText('afterAll', fewExitCodesHelp());
  return program;
}
