import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const runtime = 'Deno' in globalThis ? ['run', '-A', '--quiet'] : [];

export interface Child {
  readonly pid: number;
  /** What it has printed, line by line; ends when it does. */
  readonly lines: AsyncIterator<string>;
  /** SIGKILL: no handler, no farewell. Resolves when it is gone. */
  kill(): Promise<void>;
}

/** One of the scripts beside this file, as a process of its own under the runtime that runs the tests. */
export function start(script: string, ...args: string[]): Child {
  const file = resolve(import.meta.dirname, `${script}.ts`);
  const child: ChildProcess = spawn(process.execPath, [...runtime, file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'close');
  return {
    pid: child.pid as number,
    lines: createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator](),
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
