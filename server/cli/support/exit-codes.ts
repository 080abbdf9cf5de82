/** Exit codes of `hostbeat`, those of sysexits.h where one fits. Scripts rely on them: never renumber. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  data: 65,
  unavailable: 69,
  internal: 70,
  io: 74,
  tryAgain: 75,
  noPermission: 77,
  config: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const MEANING: Record<keyof typeof EXIT, string> = {
  ok: 'done; also when a signal ended a long-running command',
  failed: 'the answer is no: not found, refused, or a check found something wrong',
  usage: 'the command line is not understood',
  data: 'a file has the wrong format',
  unavailable: 'the server or the database cannot be reached',
  internal: 'a fault of hostbeat itself; please report it',
  io: 'the database is damaged or of another program; it was left as it is',
  tryAgain: 'the database is in use by a running server',
  noPermission: 'login failed, or the rights do not suffice',
  config: 'a setting is missing or wrong, or Node is too old',
};

/** For the manual page. */
export const EXIT_MEANINGS: readonly (readonly [code: number, meaning: string])[] = Object.entries(EXIT).map(
  ([name, code]) => [code, MEANING[name as keyof typeof EXIT]],
);

/** For `--help`. */
export function exitCodesHelp(): string {
  const lines = Object.entries(EXIT).map(
    ([name, code]) => `  ${String(code).padStart(2)}  ${MEANING[name as keyof typeof EXIT]}`,
  );
  return `\nExit codes:\n${lines.join('\n')}`;
}

/** For the `--help` of a command: the codes that every script may get. */
export function fewExitCodesHelp(): string {
  const few = (['ok', 'failed', 'usage', 'unavailable', 'noPermission'] as const).map(
    (name) => `${EXIT[name]} ${MEANING[name].split(/[;:,]/)[0]}`,
  );
  return `\nExit codes: ${few.join(', ')}; all of them: hostbeat --help`;
}
