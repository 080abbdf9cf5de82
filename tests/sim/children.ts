import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Runs this runtime with these arguments to its end. */
export async function runNode(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = start(args, 'pipe', env);
  const said = text(child.stdout as NonNullable<typeof child.stdout>);
  return { code: await ended(child), said: await said };
}

/** The same, and its output is passed on as it comes. @returns its exit code */
export function letNodeSpeak(args: readonly string[]): Promise<number | null> {
  return ended(start(args, 'inherit'));
}

function start(args: readonly string[], out: 'pipe' | 'inherit', env = {}): ChildProcess {
  return spawn(process.execPath, ['--max-semi-space-size=64', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', out, 'inherit'],
  });
}

async function ended(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}
