/**
 * Tells systemd how this process is: ready, reloading, stopping, alive. Node and Deno cannot send to the Unix datagram
 * socket that systemd listens on, so one small shell beside us hands each line to `systemd-notify`
 * (docs/decisions says why). Without NOTIFY_SOCKET nothing is started.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';

export interface ServiceManager {
  /** The service does its work, with a sentence for `systemctl status`. */
  ready(status: string): void;
  status(text: string): void;
  /** Its files are read again; `ready` ends it. */
  reloading(): void;
  /** It is on its way out. */
  stopping(): void;
}

type Env = Record<string, string | undefined>;

const NOBODY: ServiceManager = { ready() {}, status() {}, reloading() {}, stopping() {} };

/**
 * SIGTERM reaches every process of the unit: the shell goes on until we close its input, so that the last word arrives.
 * What follows a tab belongs into the same message.
 */
const SHELL = `trap '' TERM INT HUP
while IFS='	' read -r one two; do systemd-notify "$one" \${two:+"$two"} || exit 1; done`;

/** How many times within the watchdog's limit a sign of life is given. */
const SIGNS = 4;

/**
 * Takes its variables out of `env`, so that no command that we start speaks for us.
 * @param warn called once if nothing can be handed over: a unit of `Type=notify` would wait in vain
 */
export function serviceManager(env: Env, warn: (line: string) => void): ServiceManager {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: limit, WATCHDOG_PID: pid, PATH } = env;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
  if (!socket) return NOBODY;
  const shell = spawn('/bin/sh', ['-c', SHELL], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { NOTIFY_SOCKET: socket, PATH: PATH ?? '/usr/bin:/bin' },
  });
  const send = lines(shell, warn);
  const isOurs = pid === undefined || pid === String(process.pid);
  // A timer, so that it is the event loop that is alive and not only the process.
  if (isOurs && Number(limit) > 0)
    setInterval(() => send('WATCHDOG=1'), Number(limit) / 1_000 / SIGNS).unref();
  return {
    ready(status) {
      send('READY=1', statusLine(status));
    },
    status: (text) => send(statusLine(text)),
    reloading: () => send('RELOADING=1'),
    stopping: () => send('STOPPING=1', 'STATUS=closing'),
  };
}

/** Writes a message of one or two assignments; never waits, never throws, never keeps the process. */
function lines(shell: ChildProcess, warn: (line: string) => void): (one: string, two?: string) => void {
  let isGone = false;
  const gone = (why: string) => {
    if (isGone) return;
    isGone = true;
    warn(
      `systemd cannot be notified (${why}): is systemd-notify installed, and NotifyAccess=all in the unit?`,
    );
  };
  shell.once('error', (error) => gone(error.message));
  shell.once('exit', (code) => gone(`its helper ended with ${code}`));
  shell.stdin?.on('error', (error) => gone(error.message));
  shell.unref();
  (shell.stdin as { unref?: () => void } | null)?.unref?.();
  return (one, two) => {
    if (!isGone) shell.stdin?.write(two === undefined ? `${one}\n` : `${one}\t${two}\n`);
  };
}

function statusLine(text: string): string {
  return `STATUS=${text.replaceAll(/\s+/g, ' ')}`;
}
