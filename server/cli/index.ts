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
export async function run(args: readonly string[], raw: Terminal): Promise<number> {
  const terminal = harmless(raw);
  try {
    await createProgram(terminal).parseAsync([...args], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { exit, text } = explain(error, terminal.env.HOSTBEAT_LOG_LEVEL === 'debug');
    terminal.err(text);
    return exit;
  }
}
