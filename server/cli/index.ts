/** `hostbeat ARGS`: parses, runs one command, and sets the exit code. */
import process from 'node:process';
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import { explainError } from './support/errors.ts';
import { EXIT } from './support/exit-codes.ts';
import { harmless, processTerminal, type Terminal } from './support/terminal.ts';

/** Runs to the end of the command and sets the process's exit code. Does not call exit: open handles must end by themselves. */
export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await run(args, processTerminal());
}

/** As `main`, for tests: gives the exit code. */
export async function run(given: readonly string[], raw: Terminal): Promise<number> {
  let terminal = harmless(raw);
  // Accepted at any position: a user adds it after an error.
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
    const { exit, text } = explainError(error, debug || terminal.env.HOSTBEAT_LOG_LEVEL === 'debug');
    terminal.err(text);
    return exit;
  }
}

/** Commands that act on no server read no clouds.yaml, and so cannot fail because of it. */
const WITHOUT_SERVER = new Set([
  'serve',
  'init',
  'config',
  'policy',
  'migrate',
  'backup',
  'restore',
  'upgrade',
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
