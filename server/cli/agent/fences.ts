/** Remembers which of the agent's services are forced down, and runs the operator's command when one becomes so. */
import { spawn } from 'node:child_process';
import { withoutSecrets } from '../connection/credentials.ts';
import type { ReportedService } from './link.ts';

export interface FenceActions {
  say(line: string): void;
  /** Runs when a service becomes fenced, once each time. */
  onFenced(service: ReportedService): void;
}

export class Fences {
  readonly #fenced = new Set<string>();
  readonly #actions: FenceActions;

  constructor(actions: FenceActions) {
    this.#actions = actions;
  }

  /** Takes the state from a server's answer. Only a change has an effect. */
  answered(service: ReportedService): void {
    const key = `${service.host} ${service.binary}`;
    if (service.forced_down === this.#fenced.has(key)) return;
    if (service.forced_down) {
      this.#fenced.add(key);
      this.#actions.say(`${key} is fenced: an operator declares it down (forced_down); still reporting`);
      this.#actions.onFenced(service);
    } else {
      this.#fenced.delete(key);
      this.#actions.say(`${key} is no longer fenced`);
    }
  }
}

/** Runs the operator's command in a shell, with the service in its environment and without hostbeat's secrets. */
export function fenceCommand(
  command: string,
  env: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): (service: ReportedService) => void {
  return ({ host, binary }) => {
    const child = spawn(command, {
      shell: true,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...withoutSecrets(env), HOSTBEAT_HOST: host, HOSTBEAT_BINARY: binary },
    });
    child.unref();
    child.on('error', (error) => say(`--on-fenced could not be run: ${error.message}`));
    child.on('exit', (code, signal) => {
      if (code !== 0) say(`--on-fenced ended with ${code ?? signal}: ${command}`);
    });
  };
}
