import type { ChildProcess } from 'node:child_process';
import process from 'node:process';

/** By its id, and not by `child.kill`: Deno would then report the signal as the end, whatever the process made of it. */
export function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) throw new Error('the process was never started');
  process.kill(child.pid, name);
}
