/**
 * Reports the state of this process to systemd: ready, reloading, stopping, alive. Node and Deno cannot send to the
 * Unix datagram socket that systemd listens on, so one small shell process passes each line to `systemd-notify`
 * (docs/decisions says why). Without NOTIFY_SOCKET nothing is started.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';

export interface ServiceManager {
  /** The service is ready, with a sentence for `systemctl status`. */
  ready(status: string): void;
  status(text: string): void;
  /** The service is reading its files again; `ready` ends this state. */
  reloading(): void;
  /** The service is stopping. */
  stopping(): void;
}

type Env = Record<string, string | undefined>;

const NOBODY: ServiceManager = { ready() {}, status() {}, reloading() {}, stopping() {} };

/**
 * SIGTERM reaches every process of the unit. The shell ignores it until we close its input, so that the last message
 * arrives. Text after a tab belongs to the same message.
 */
const SHELL = `trap '' TERM INT HUP
while IFS='	' read -r one two; do systemd-notify "$one" \${two:+"$two"} || exit 1; done`;

/** Signs of life per watchdog limit. */
const SIGNS = 4;

/**
 * Removes systemd's variables from `env`, so that no command that we start can report in our name.
 * @param warn called once if no message can be sent: systemd would wait until its limit for a unit of `Type=notify`
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
  // A timer proves that the event loop runs, and not only that the process exists.
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

/** Writes a message of one or two assignments. Never waits, never throws, never keeps the process alive. */
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
