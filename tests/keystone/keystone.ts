/**
 * Debian's Keystone as a process of its own, over SQLite and Fernet keys in a temporary folder. Needs python3-keystone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { type Answer, request } from '../support/http.ts';
import { runCommand, temporaryFolder } from '../support/process.ts';

export const ADMIN_PASSWORD = 'adminpw';
const DOMAIN = { id: 'default' };

export interface Keystone {
  /** With `/v3`. */
  readonly url: string;
  /** As its administrator, or as nobody if the token is empty. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** A token for a password. `scope` as on the wire. */
  logIn(name: string, password: string, scope: unknown): Promise<string>;
  /** The token an application credential is worth. */
  logInBy(credential: { readonly id: string; readonly secret: string }): Promise<string>;
  revoke(token: string): Promise<void>;
  kill(): Promise<void>;
  /** Again, on the same port. */
  start(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export function onProject(name: string) {
  return { project: { name, domain: DOMAIN } };
}

export async function startKeystone(): Promise<Keystone> {
  const folder = await temporaryFolder();
  const config = `${folder.path}/keystone.conf`;
  await prepare(folder.path, config);
  let { child, port } = await serve(config, 0);
  const url = `http://127.0.0.1:${port}/v3`;
  await manage(
    config,
    'bootstrap',
    '--bootstrap-password',
    ADMIN_PASSWORD,
    '--bootstrap-region-id',
    'RegionOne',
    '--bootstrap-public-url',
    url,
  );
  const logIn: Keystone['logIn'] = (name, password, scope) =>
    tokenFor(url, {
      identity: { methods: ['password'], password: { user: { name, domain: DOMAIN, password } } },
      scope,
    });
  const admin = await logIn('admin', ADMIN_PASSWORD, onProject('admin'));
  const kill = async () => {
    const gone = once(child, 'close');
    child.kill('SIGKILL');
    await gone;
  };
  return {
    url,
    request: (method, path, body, headers) => request(url + path, method, admin, body, headers),
    logIn,
    logInBy: (credential) =>
      tokenFor(url, {
        identity: { methods: ['application_credential'], application_credential: credential },
      }),
    async revoke(token) {
      const { status } = await request(`${url}/auth/tokens`, 'DELETE', admin, undefined, {
        'x-subject-token': token,
      });
      if (status !== 204) throw new Error(`revoking: ${status}`);
    },
    kill,
    async start() {
      ({ child } = await serve(config, port));
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await kill();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function prepare(path: string, config: string): Promise<void> {
  await Promise.all(['fernet', 'credential'].map((name) => mkdir(`${path}/${name}`, { mode: 0o700 })));
  await writeFile(
    config,
    `[DEFAULT]
use_stderr = true
[database]
connection = sqlite:///${path}/keystone.db
[token]
provider = fernet
[fernet_tokens]
key_repository = ${path}/fernet
[credential]
key_repository = ${path}/credential
[cache]
enabled = true
backend = dogpile.cache.memory
[identity]
password_hash_rounds = 4
`,
  );
  const { username } = userInfo();
  const owner = ['--keystone-user', username, '--keystone-group', username];
  await Promise.all([
    manage(config, 'db_sync'),
    manage(config, 'fernet_setup', ...owner),
    manage(config, 'credential_setup', ...owner),
  ]);
  // Otherwise a reading session of Keystone keeps its own writing one from committing. The file remembers it.
  const database = new DatabaseSync(`${path}/keystone.db`);
  database.exec('PRAGMA journal_mode = WAL');
  database.close();
}

async function manage(config: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await runCommand('keystone-manage', ['--config-file', config, ...args]);
  if (code !== 0) throw new Error(`keystone-manage ${args[0]} ended with ${code}:\n${stderr}`);
}

async function serve(config: string, port: number): Promise<{ child: ChildProcess; port: number }> {
  const script = join(import.meta.dirname, 'serve.py');
  const child = spawn('/usr/bin/python3', [script, String(port), '--config-file', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-10_000);
  });
  const gone = once(child, 'close');
  const taken = await new Promise<number>((found, failed) => {
    gone.then(([code]) => failed(new Error(`Keystone ended with ${code} before it listened:\n${errors}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /^listening on (\d+)$/.exec(line);
      if (match) found(Number(match[1]));
    });
  });
  return { child, port: taken };
}

async function tokenFor(url: string, auth: unknown): Promise<string> {
  const answer = await fetch(`${url}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
  });
  const text = await answer.text();
  const token = answer.headers.get('x-subject-token');
  if (answer.status !== 201 || token === null) throw new Error(`login at Keystone: ${answer.status} ${text}`);
  return token;
}
