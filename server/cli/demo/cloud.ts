import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { run } from '../index.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import type { Terminal } from '../support/terminal.ts';
import { DOWN_TIME_S, HOSTS, INTERVAL_S, password, seedDocument } from './layout.ts';
import { type DemoRequest, login } from './rest.ts';

const entry = fileURLToPath(new URL('../hostbeat.mjs', import.meta.url));
/** Deno wants its permissions named before a script. */
const before = 'Deno' in globalThis ? ['run', '-A', '--quiet'] : [];

/** The processes of the demo, each started as an operator would start it. */
export class Cloud {
  readonly #terminal: Terminal;
  readonly #agents = new Map<string, ChildProcess>();
  readonly #tokens = new Map<string, string>();
  #server: ChildProcess | undefined;
  #folder = '';
  url = '';
  admin!: DemoRequest;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'hostbeat-demo-'));
    const seed = join(this.#folder, 'seed.json');
    await writeFile(seed, JSON.stringify(seedDocument()));
    await this.#command('seed', seed, '--offline', '--create-missing');
    for (const host of HOSTS)
      this.#tokens.set(host, await this.#command('token', 'issue', '--host', host, '--offline'));
    this.#server = this.#spawn(['serve'], this.#settings());
    this.url = await this.#listening(this.#server);
    this.admin = await login(this.url, 'admin', password, 'admin');
    for (const host of HOSTS) this.startAgent(host);
    await this.#heard();
  }

  get pid(): number {
    return this.#server?.pid ?? 0;
  }

  agentPid(host: string): number {
    return this.#agents.get(host)?.pid ?? 0;
  }

  startAgent(host: string): void {
    const env = { HOSTBEAT_AGENT_TOKEN: this.#tokens.get(host) ?? '' };
    this.#agents.set(
      host,
      this.#spawn(['agent', '--url', this.url, '--host', host, '--interval', String(INTERVAL_S)], env),
    );
  }

  /** Kills it without a goodbye, as a power cut would. */
  killAgent(host: string): void {
    this.#agents.get(host)?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    for (const child of [...this.#agents.values(), this.#server]) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill(child === this.#server ? 'SIGTERM' : 'SIGKILL');
      const impatient = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await gone;
      clearTimeout(impatient);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  #settings(): Record<string, string> {
    return {
      HOSTBEAT_DATABASE_URL: `sqlite:${join(this.#folder, 'hostbeat.db')}`,
      HOSTBEAT_LISTEN: '127.0.0.1:0',
      HOSTBEAT_ADMIN_PASSWORD: password,
      HOSTBEAT_SERVICE_DOWN_TIME: String(DOWN_TIME_S),
      HOSTBEAT_REPORT_INTERVAL: String(INTERVAL_S),
      HOSTBEAT_LOG_LEVEL: 'warn',
    };
  }

  /** Runs a hostbeat command on the file, in this process. @returns what it printed */
  async #command(...args: string[]): Promise<string> {
    let out = '';
    let err = '';
    const code = await run(args, {
      ...this.#terminal,
      env: { ...this.#terminal.env, ...this.#settings() },
      interactive: false,
      colours: false,
      columns: 80,
      rows: 24,
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
    });
    if (code !== EXIT.ok) throw new CliError(EXIT.failed, `hostbeat ${args[0]}: ${err}`);
    return out.trim();
  }

  #spawn(args: readonly string[], env: Record<string, string>): ChildProcess {
    const child = spawn(process.execPath, [...before, entry, ...args], {
      env: { ...this.#terminal.env, ...env } as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr?.resume();
    if (args[0] === 'agent') child.stdout?.resume();
    return child;
  }

  async #listening(server: ChildProcess): Promise<string> {
    const ended = once(server, 'exit').then(([code]) => {
      throw new CliError(EXIT.failed, `the server ended with ${code} before it listened`);
    });
    ended.catch(() => undefined);
    const lines = createInterface({ input: server.stdout! });
    const found = new Promise<string>((resolve) => {
      lines.on('line', (line) => {
        const url = /https?:\/\/\S+/.exec(line)?.[0];
        if (url !== undefined) resolve(url);
      });
    });
    return Promise.race([found, ended]);
  }

  /** Until every agent's first report has arrived. */
  async #heard(): Promise<void> {
    const deadline = performance.now() + 15_000;
    while (performance.now() < deadline) {
      const { services } = (await this.admin('GET', '/v2.1/os-services')) as {
        services: { state: string }[];
      };
      if (services.filter(({ state }) => state === 'up').length === HOSTS.length) return;
      await new Promise((then) => setTimeout(then, 50));
    }
    throw new CliError(EXIT.failed, 'the agents were not heard within 15 s');
  }
}
