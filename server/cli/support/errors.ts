/** Turns an error into words on standard error and an exit code. */
import { EXIT, type ExitCode } from './exit-codes.ts';
import { printableLines } from './text.ts';

/** Ends the command with these words. The message names the option and the fix; an empty one prints nothing more. */
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

/** Errors are recognized by name, not by class: the classes of the database and the server's modules are not loaded by commands that do not need them. */
export function explainError(error: unknown, debug: boolean): Explained {
  if (error instanceof CliError) return explained(error.exit, error.message);
  if (!(error instanceof Error)) return explained(EXIT.internal, `internal error: ${String(error)}`);
  switch (error.name) {
    case 'ConfigError':
      return explained(EXIT.config, error.message);
    case 'SeedError':
      return explained(EXIT.data, error.message);
    case 'DatabaseRefused':
      return explained(REFUSED[(error as Error & { reason: string }).reason] ?? EXIT.io, error.message);
    case 'DomainError':
      return explained(DOMAIN[(error as Error & { code: string }).code] ?? EXIT.failed, error.message);
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

/** An error that appears only when a setting is used is still a configuration error. */
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

/**
 * The user can fix an error of the operating system; any other is a fault of hostbeat and shows its place in the code.
 */
function explainSystem(error: Error, debug: boolean): Explained {
  const { code, syscall, address, port, hostname } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
    hostname?: string;
  };
  if (code === 'EADDRINUSE')
    return explained(
      EXIT.unavailable,
      `--listen: ${address}:${port} is in use; stop the other program or name another address.`,
    );
  if (code === 'EACCES' && syscall === 'listen')
    return explained(
      EXIT.config,
      `--listen: port ${port} needs a privilege that this user does not have; choose a port above 1023.`,
    );
  if (code === 'EADDRNOTAVAIL')
    return explained(
      EXIT.config,
      `--listen: ${address} is not an address of this machine; choose one that is.`,
    );
  if (syscall === 'getaddrinfo')
    return explained(
      EXIT.config,
      `--listen: ${hostname} is not known here; name an address of this machine.`,
    );
  if (code !== undefined && syscall !== undefined) return explained(EXIT.failed, error.message);
  const detail = debug ? (error.stack ?? error.message) : error.message;
  return explained(
    EXIT.internal,
    `internal error: ${detail}${debug ? '' : '\nAdd --debug to see where it was thrown.'}`,
  );
}

function explained(exit: ExitCode, message: string): Explained {
  // The text may come from a server or name a file, so it must not move the cursor.
  const text = printableLines(message)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `hostbeat: ${line}\n`)
    .join('');
  return { exit, text };
}
