/** Reads the files that are named on the command line. */
import { readFileSync } from 'node:fs';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';

/** `-` is standard input. @throws CliError `usage` naming the option and the file */
export function readText(file: string, option: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(
      EXIT.usage,
      `${option}: ${file} cannot be read (${code}); name a file that can, or - for standard input.`,
    );
  }
}
