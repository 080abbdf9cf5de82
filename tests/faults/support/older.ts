/** An older release beside this one: its files as git has them, with the packages that are installed here. */
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const root = join(import.meta.dirname, '../../..');
/** Its newest migration is 0011; cursors are of the present form. */
const COMMIT = 'd83c73267a6c6386faa4d2b788307acebea1dba4';

export interface OlderRelease {
  /** The program's first file. */
  readonly entry: string;
  [Symbol.dispose](): void;
}

/** @returns undefined where the history is not at hand */
export async function olderRelease(): Promise<OlderRelease | undefined> {
  const git: ExecFileSyncOptions = { cwd: root, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 };
  let archive: Buffer | string;
  try {
    archive = execFileSync('git', ['archive', COMMIT], git);
  } catch {
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), 'hostbeat-older-'));
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return {
    entry: join(folder, 'server/cli/hostbeat.mjs'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What a client of either release finds the server and its user by. */
export function clientEnv(url: string, user: string, project: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOSTBEAT_URL: url,
    OS_AUTH_URL: `${url}/identity/v3`,
    OS_USERNAME: user,
    OS_PASSWORD: 'pw',
    OS_PROJECT_NAME: project,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
  };
}
