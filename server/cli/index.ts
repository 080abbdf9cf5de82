/** `hostbeat ARGS`: parse, run one command, end with the exit code that says how it went. */
import process from 'node:process';
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import { explain } from './support/errors.ts';
import { EXIT } from './support/exit-codes.ts';
import { harmless, processTerminal, type Terminal } from './support/terminal.ts';

/** Runs to the end of the command and sets the process's exit code. Does not call exit: what is open must end by itself. */
export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await run(args, processTerminal());
}

/** As `main`, for tests: gives the exit code. */
export async function run(given: readonly string[], raw: Terminal): Promise<number> {
  let terminal = harmless(raw);
  // Wherever it stands: the user who adds it has just seen an error.
  const debug = given.includes('--debug');
  const args = given.filter((arg) => arg !== '--debug');
  try {
    if (readsClouds(args, raw.env)) {
      const { withCloud } = await import('./connection/clouds.ts');
      terminal = Object.create(terminal, { env: { value: withCloud(raw.env) } }) as Terminal;
    }
    await createProgram(terminal).parseAsync([...args], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { exit, text } = explain(error, debug || terminal.env.HOSTBEAT_LOG_LEVEL === 'debug');
    terminal.err(text);
    return exit;
  }
}

/** Commands that act on no server have no use for a cloud, and must not fail for want of one. */
const WITHOUT_SERVER = new Set([
  'serve',
  'init',
  'config',
  'policy',
  'migrate',
  'backup',
  'restore',
  'demo',
  'bench',
  'completion',
  'man',
  'help',
]);

function readsClouds(args: readonly string[], env: Terminal['env']): boolean {
  if (!env.OS_CLOUD || WITHOUT_SERVER.has(args[0] ?? 'help')) return false;
  return !args.some(
    (arg) => arg === '--help' || arg === '-h' || arg === '--offline' || arg === '--version' || arg === '-V',
  );
}
