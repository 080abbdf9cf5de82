/**
 * Delivers the admin's generated password: on a terminal, else in a file. Standard output may be a log that many people
 * read.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Terminal } from '../support/terminal.ts';

/** @param databaseUrl the file is written beside the database, and named after it */
export function handOutPassword(
  password: string,
  databaseUrl: string,
  terminal: Pick<Terminal, 'out' | 'interactive'>,
): void {
  if (terminal.interactive) {
    terminal.out(`The password of user admin is ${password} and is not shown again.\n`);
    return;
  }
  const path = passwordFileOf(databaseUrl);
  try {
    // An older file, or a link that someone put there, must not be written through.
    rmSync(path, { force: true });
    writeFileSync(path, `${password}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    terminal.out(
      `The password of user admin could not be written (${(error as Error).message}). Stop hostbeat and set another one: hostbeat user passwd admin --offline\n`,
    );
    return;
  }
  terminal.out(
    `The password of user admin is in ${path}, which only this user can read: note it and remove the file.\n`,
  );
}

/**
 * `hostbeat-admin-password` beside `hostbeat.db`, `lab-admin-password` beside `lab.db`: several databases may share a folder.
 * For PostgreSQL the file is in the current folder.
 */
export function passwordFileOf(databaseUrl: string): string {
  const path = /^sqlite:([^?]+)/.exec(databaseUrl)?.[1];
  if (path === undefined) {
    const { hostname, pathname } = new URL(databaseUrl);
    return resolve(
      `${pathname.slice(1) || 'postgres'}@${hostname || 'localhost'}-admin-password`.replaceAll('/', '-'),
    );
  }
  if (path === ':memory:') return resolve('memory-admin-password');
  return join(dirname(resolve(path)), `${basename(path).replace(/\.db$/, '')}-admin-password`);
}
