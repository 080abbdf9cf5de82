import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** The program's first file. */
export const hostbeatEntry = resolve(import.meta.dirname, '../../server/cli/hostbeat.mjs');

/** The runtime's arguments before a script: Deno needs its permissions named. */
const before = 'Deno' in globalThis ? ['run', '-A', '--quiet'] : [];

/** `hostbeat ARGS` as a process, under the runtime that runs the tests. */
export function hostbeat(
  args: readonly string[],
  env: Record<string, string> = {},
  stdin: 'ignore' | 'pipe' = 'ignore',
  openFiles?: number,
  entry = hostbeatEntry,
): ChildProcess {
  const command = [process.execPath, ...before, entry, ...args];
  const limited =
    openFiles === undefined ? command : ['sh', '-c', `ulimit -n ${openFiles}; exec "$@"`, 'sh', ...command];
  return spawn(limited[0] as string, limited.slice(1), {
    env: { ...process.env, HOSTBEAT_LOG_LEVEL: 'warn', ...env, ...onOtherEngine(env) },
    stdio: [stdin, 'pipe', 'pipe'],
  });
}

/**
 * HOSTBEAT_TEST_ENGINE=postgres runs the same flows on PostgreSQL: each SQLite file is a schema there, and one in
 * memory is a new schema for each process.
 */
function onOtherEngine({ HOSTBEAT_DATABASE_URL: url = '' }: Record<string, string>): Record<string, string> {
  const { HOSTBEAT_TEST_ENGINE: engine, HOSTBEAT_TEST_POSTGRES_URL: server = '' } = process.env;
  if (engine !== 'postgres' || !url.startsWith('sqlite:')) return {};
  const name = url.includes(':memory:') ? randomUUID() : url;
  const schema = `f${createHash('sha256').update(name).digest('hex').slice(0, 24)}`;
  return { HOSTBEAT_DATABASE_URL: `${server}${server.includes('?') ? '&' : '?'}schema=${schema}` };
}

/** Runs `hostbeat ARGS` to its end. */
export async function runHostbeat(
  args: readonly string[],
  env: Record<string, string> = {},
  entry?: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return ended(hostbeat(args, env, 'ignore', undefined, entry));
}

/** Runs any command to its end. */
export async function runCommand(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return ended(spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] }));
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** What it has written to standard error so far: its log. */
  log(): string;
  /** SIGTERM, and wait. */
  stop(): Promise<number | null>;
  /** SIGKILL, and wait. */
  kill(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** `hostbeat serve` as a process; resolves when it says where it listens. @param entry of another release */
export async function startServer(
  env: Record<string, string>,
  openFiles?: number,
  entry?: string,
): Promise<ServerProcess> {
  const child = hostbeat(['serve'], { HOSTBEAT_LISTEN: '127.0.0.1:0', ...env }, 'ignore', openFiles, entry);
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const gone = once(child, 'close') as Promise<[number | null]>;
  const url = await new Promise<string>((found, failed) => {
    gone.then(([code]) => failed(new Error(`the server ended with ${code} before it listened:\n${errors}`)));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /https?:\/\/[\w.:[\]-]+/.exec(line);
      if (match) found(match[0]);
    });
  });
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return (await gone)[0];
  };
  return {
    url,
    pid: child.pid ?? 0,
    log: () => errors,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  };
}

/** A temporary folder, removed at the end of the scope. */
export async function temporaryFolder(): Promise<{ path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'hostbeat-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
