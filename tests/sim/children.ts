import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Runs this runtime with these arguments to its end, and hears what it says. */
export async function hearNode(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const child = start(args, 'pipe', env);
  const said = text(child.stdout as NonNullable<typeof child.stdout>);
  await once(child, 'close');
  return said;
}

/** The same; what it says is told as it comes. @returns its exit code */
export async function runNode(args: readonly string[]): Promise<number | null> {
  const [code] = (await once(start(args, 'inherit'), 'close')) as [number | null];
  return code;
}

function start(args: readonly string[], out: 'pipe' | 'inherit', env = {}): ChildProcess {
  return spawn(process.execPath, ['--max-semi-space-size=64', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', out, 'inherit'],
  });
}
