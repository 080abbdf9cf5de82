/** From what was thrown to words on standard error and an exit code. */
import { EXIT, type ExitCode } from './exit-codes.ts';
import { printableLines } from './text.ts';

/** Ends the command with these words. The message names the option and the mend; an empty one says nothing more. */
export class CliError extends Error {
  readonly exit: ExitCode;

  constructor(exit: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.exit = exit;
  }
}

export interface Explained {
  readonly exit: ExitCode;
  /** Lines for standard error, each ending with a line break; may be empty. */
  readonly text: string;
}

/** By name, not by class: the classes of the database and the rooms are not loaded by commands that do not need them. */
export function explain(error: unknown, debug: boolean): Explained {
  if (error instanceof CliError) return told(error.exit, error.message);
  if (!(error instanceof Error)) return told(EXIT.internal, `internal error: ${String(error)}`);
  switch (error.name) {
    case 'ConfigError':
      return told(EXIT.config, error.message);
    case 'SeedError':
      return told(EXIT.data, error.message);
    case 'DatabaseRefused':
      return told(REFUSED[(error as Error & { reason: string }).reason] ?? EXIT.io, error.message);
    case 'DomainError':
      return told(DOMAIN[(error as Error & { code: string }).code] ?? EXIT.failed, error.message);
    default:
      return explainSystem(error, debug);
  }
}

const REFUSED: Record<string, ExitCode> = {
  locked: EXIT.tryAgain,
  damaged: EXIT.io,
  foreign: EXIT.io,
  newer: EXIT.io,
  unreachable: EXIT.unavailable,
  unsupported: EXIT.config,
  forbidden: EXIT.noPermission,
};

const DOMAIN: Record<string, ExitCode> = {
  invalid: EXIT.data,
  unauthorized: EXIT.noPermission,
  forbidden: EXIT.noPermission,
  unavailable: EXIT.unavailable,
  storage_full: EXIT.unavailable,
  internal: EXIT.internal,
};

/** A setting whose fault only shows when it is used is a wrong setting all the same. */
export async function asSettings<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { name, code, message } = error as Error & { readonly code?: unknown };
    if (name === 'DomainError' && code === 'invalid')
      throw new CliError(EXIT.config, message, { cause: error });
    throw error;
  }
}

/** What the operating system refuses is the user's to mend; anything else is our fault and shows where. */
function explainSystem(error: Error, debug: boolean): Explained {
  const { code, syscall, address, port, hostname } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
    hostname?: string;
  };
  if (code === 'EADDRINUSE')
    return told(
      EXIT.unavailable,
      `--listen: ${address}:${port} is in use; stop the other program or name another address.`,
    );
  if (code === 'EACCES' && syscall === 'listen')
    return told(EXIT.config, `--listen: port ${port} is not ours to take; choose one above 1023.`);
  if (code === 'EADDRNOTAVAIL')
    return told(EXIT.config, `--listen: ${address} is no address of this machine; choose one that is.`);
  if (syscall === 'getaddrinfo')
    return told(EXIT.config, `--listen: ${hostname} is not known here; name an address of this machine.`);
  if (code !== undefined && syscall !== undefined) return told(EXIT.failed, error.message);
  const detail = debug ? (error.stack ?? error.message) : error.message;
  return told(
    EXIT.internal,
    `internal error: ${detail}${debug ? '' : '\nAdd --debug to see where it was thrown.'}`,
  );
}

function told(exit: ExitCode, message: string): Explained {
  // Much of it comes from a server, or names a file: nothing in it may move the cursor.
  const text = printableLines(message)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `hostbeat: ${line}\n`)
    .join('');
  return { exit, text };
}
