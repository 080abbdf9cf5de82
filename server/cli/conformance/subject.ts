/** The client under test. It is started with a setup and prints its decisions as JSON lines. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Json } from './scenario.ts';

export interface Setup {
  readonly url: string;
  readonly transport: string;
  readonly tokens: readonly string[];
  readonly tokenIn: string;
  readonly cursor: string | undefined;
  /** Milliseconds after which a request for a token counts as failed. */
  readonly tokenTimeoutMs: number;
}

/** @returns a function that ends it at once, as `kill -9` would */
export type Subject = (setup: Setup, say: (decision: Json) => void) => () => Promise<void> | void;

export function programSubject(
  [command = '', ...args]: readonly string[],
  onText: (text: string) => void,
): Subject {
  return (setup, say) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        HOSTBEAT_URL: setup.url,
        HOSTBEAT_TRANSPORT: setup.transport,
        HOSTBEAT_TOKENS: JSON.stringify(setup.tokens),
        HOSTBEAT_TOKEN_IN: setup.tokenIn,
        HOSTBEAT_TOKEN_TIMEOUT_MS: String(setup.tokenTimeoutMs),
        ...(setup.cursor === undefined ? {} : { HOSTBEAT_CURSOR: setup.cursor }),
      },
    });
    child.on('error', ({ message }) => onText(message));
    createInterface({ input: child.stderr }).on('line', onText);
    createInterface({ input: child.stdout }).on('line', (line) => {
      try {
        say(JSON.parse(line) as Json);
      } catch {
        onText(`not a decision: ${line.slice(0, 200)}`);
      }
    });
    const ended = once(child, 'close').catch(() => undefined);
    return async () => {
      child.kill('SIGKILL');
      await ended;
    };
  };
}
