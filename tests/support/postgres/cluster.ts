/**
 * A temporary PostgreSQL on loopback: Debian's binaries, started as a user other than root, which PostgreSQL refuses.
 * Its folder is removed at its end.
 */
import { type ChildProcess, type ExecFileSyncOptions, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.ts';

/** A role of this name needs a password; the test that uses it creates it. */
export const WITH_PASSWORD = 'hostbeat_password_test';

const ROOT = '/usr/lib/postgresql';

export interface Cluster {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly bin: string;
  /** User that runs it: `uid` and `gid`, if not our own. */
  readonly owner: { readonly uid?: number; readonly gid?: number };
  /** `fast` or `immediate`, as pg_ctl has it. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

/** Folder of the newest server's programs on this machine; undefined where PostgreSQL is not installed. */
export function postgresBinaries(): string | undefined {
  if (!existsSync(ROOT)) return undefined;
  const versions = readdirSync(ROOT).filter((version) => existsSync(join(ROOT, version, 'bin/initdb')));
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(ROOT, newest, 'bin');
}

/** @param settings as in postgresql.conf */
export async function startCluster(
  bin: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Cluster> {
  return started(bin, settings, (data, how) => {
    const made = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'];
    execFileSync(join(bin, 'initdb'), made, how);
    // One user who must give a password.
    const rules = join(data, 'pg_hba.conf');
    writeFileSync(rules, `host all ${WITH_PASSWORD} all scram-sha-256\n${readFileSync(rules, 'utf8')}`);
  });
}

/** A standby that follows `primary`, asynchronously. */
export async function startStandby({ bin, port }: Cluster): Promise<Cluster> {
  return started(bin, {}, (data, how) => {
    const from = [
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
      '-U',
      'postgres',
      '-D',
      data,
      '-R',
      '-c',
      'fast',
      '--no-sync',
    ];
    execFileSync(join(bin, 'pg_basebackup'), from, how);
  });
}

async function started(
  bin: string,
  settings: Readonly<Record<string, string>>,
  make: (data: string, how: ExecFileSyncOptions) => void,
): Promise<Cluster> {
  const owner: Cluster['owner'] = process.getuid?.() === 0 ? userNamed('postgres') : {};
  const folder = mkdtempSync(join(tmpdir(), 'hostbeat-pg-'));
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  make(data, { ...owner, cwd: folder, stdio: 'pipe' });
  const port = await freePort();
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: 'off',
    max_connections: '200',
    ...settings,
  };
  const args = ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  let running: ChildProcess | undefined;
  const isReady = () => {
    try {
      execFileSync(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)], {
        stdio: 'ignore',
      });
      return true;
    } catch {
      return false;
    }
  };
  const cluster: Cluster = {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    folder,
    bin,
    owner,
    async start() {
      running = spawn(join(bin, 'postgres'), args, { ...owner, cwd: folder, stdio: 'ignore' });
      for (let tries = 0; !isReady(); tries += 1) {
        if (running.exitCode !== null || tries > 300)
          throw new Error(`PostgreSQL in ${folder} does not start`);
        await sleep(50);
      }
    },
    async stop(mode = 'fast') {
      if (running === undefined || running.exitCode !== null) return;
      const gone = once(running, 'exit');
      running.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await gone;
    },
    async close() {
      await cluster.stop('immediate');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await cluster.start();
  return cluster;
}

function userNamed(name: string): { uid: number; gid: number } {
  const [, , uid, gid] = execFileSync('getent', ['passwd', name], { encoding: 'utf8' }).split(':');
  return { uid: Number(uid), gid: Number(gid) };
}
