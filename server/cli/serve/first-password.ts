/** Hands out the admin's generated password: on a terminal, else in a file. Standard output may be a log that many read. */
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Terminal } from '../support/terminal.ts';

const NAME = 'hostbeat-admin-password';

/**
 * @param databaseUrl the file is written beside the database
 * @throws the system's error if the file cannot be written
 */
export function handOutPassword(
  password: string,
  databaseUrl: string,
  terminal: Pick<Terminal, 'out' | 'interactive'>,
): void {
  if (terminal.interactive) {
    terminal.out(`The password of user admin is ${password} and is not shown again.\n`);
    return;
  }
  const path = join(folderOf(databaseUrl), NAME);
  // An older file, or a link that someone put there, must not be written through.
  rmSync(path, { force: true });
  writeFileSync(path, `${password}\n`, { mode: 0o600, flag: 'wx' });
  terminal.out(
    `The password of user admin is in ${path}, which only this user can read: note it and remove the file.\n`,
  );
}

function folderOf(databaseUrl: string): string {
  const path = /^sqlite:([^?]+)/.exec(databaseUrl)?.[1];
  return path === undefined || path === ':memory:' ? process.cwd() : dirname(resolve(path));
}
