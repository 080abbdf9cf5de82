import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pin, SERVER_CORE } from './site.ts';

/** Starts a baseline server of this folder, which prints its URL and ends when it is disposed. */
export async function baseline(
  script: string,
  ...args: string[]
): Promise<{ url: URL; pid: number; close(): void }> {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (child.stdout === null) throw new Error('no standard output');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  pin(child.pid ?? 0, SERVER_CORE);
  return { url: new URL(line.toString().trim()), pid: child.pid ?? 0, close: () => child.disconnect() };
}
