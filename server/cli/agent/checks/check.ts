/**
 * One condition on the host without which the agent does not report: a process, a systemd unit, a TCP port, a command. An agent that
 * only proves that it runs itself proves little about the hypervisor beside it.
 */
import { execFile, spawn } from 'node:child_process';
import { connect } from 'node:net';
import process from 'node:process';
import { withoutSecrets } from '../../connection/credentials.ts';
import { addressOf, type CheckSpec } from './check-spec.ts';
import { runningProcesses } from './processes.ts';

/** Undefined if the check holds, else the reason in words. Never throws. */
export type HealthCheck = (signal: AbortSignal) => Promise<string | undefined>;

export function checkOf(
  { kind, what }: CheckSpec,
  env: Readonly<Record<string, string | undefined>>,
  processes: () => Promise<readonly string[]> = runningProcesses,
): HealthCheck {
  switch (kind) {
    case 'process':
      return async () => ((await processes()).includes(what) ? undefined : `no process ${what} runs`);
    case 'systemd':
      return (signal) => systemdUnit(what, env, signal);
    case 'tcp':
      return (signal) => tcpPort(what, signal);
    case 'command':
      return (signal) => shellCommand(what, env, signal);
  }
}

function systemdUnit(
  unit: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { signal, env: withoutSecrets(env) };
    execFile('systemctl', ['is-active', unit], options, (error, stdout, stderr) => {
      if (error === null) return resolve(undefined);
      const state = stdout.trim();
      const [complaint] = (stderr.trim() || error.message).split('\n');
      resolve(state === '' ? `systemctl failed: ${complaint}` : `unit ${unit} is ${state}`);
    });
  });
}

function tcpPort(text: string, signal: AbortSignal): Promise<string | undefined> {
  const { host, port } = addressOf(text);
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    const end = (answer: string | undefined) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(undefined));
    socket.once('error', (error) => end(`nobody listens on ${host}:${port} (${error.message})`));
  });
}

/** Runs the command in a shell with its own process group, so that all of it can be killed when it takes too long. */
function shellCommand(
  command: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: 'ignore', env: withoutSecrets(env), detached: true });
    const kill = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The process has already ended.
      }
    };
    signal.addEventListener('abort', kill);
    const end = (answer: string | undefined) => {
      signal.removeEventListener('abort', kill);
      resolve(answer);
    };
    child.once('error', (error) => end(`the command cannot be run: ${error.message}`));
    child.once('exit', (code, by) =>
      end(code === 0 ? undefined : `the command ended with ${code ?? by}: ${command}`),
    );
  });
}
