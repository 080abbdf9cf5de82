/** Credentials for a server: a fixed token, or a name and a password that are exchanged for tokens. */
import { readFileSync } from 'node:fs';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { type Login, logIn } from './login.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Returns a token that is valid now. */
export interface CredentialTokens {
  token(): Promise<string>;
  /** Call it when the server refused the token: the next `token()` fetches another, if one can be fetched. */
  refused(): void;
  /** Monotonic milliseconds from which another should be fetched; undefined if the expiry is unknown. */
  readonly renewAt: number | undefined;
}

const SECRET_VARIABLES = new Set([
  'HOSTBEAT_TOKEN',
  'HOSTBEAT_AGENT_TOKEN',
  'HOSTBEAT_ADMIN_PASSWORD',
  'HOSTBEAT_RECEIVER_TOKEN',
  'HOSTBEAT_KEYSTONE_PASSWORD',
  'HOSTBEAT_KEYSTONE_APPLICATION_CREDENTIAL_SECRET',
  'OS_TOKEN',
  'OS_AUTH_TOKEN',
  'OS_PASSWORD',
  'OS_APPLICATION_CREDENTIAL_SECRET',
]);

/** The environment for a child command, without hostbeat's secrets. */
export function withoutSecrets(env: Env): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SECRET_VARIABLES.has(name)));
}

export interface TokenOptions {
  readonly tokenFile?: string | undefined;
  /** Variables that may hold a token, first found wins. */
  readonly variables: readonly string[];
  /** Base URLs of the server's nodes; their own identity is used where OS_AUTH_URL names no other. */
  readonly urls: readonly string[];
  readonly monotonic: () => number;
}

/** @throws CliError `config` if there are no credentials */
export function tokenSource(env: Env, options: TokenOptions): CredentialTokens {
  if (options.tokenFile !== undefined) return fileToken(options.tokenFile);
  for (const name of options.variables) {
    const given = env[name]?.trim();
    if (!given) continue;
    const token = checkedToken(given, name);
    return { token: async () => token, refused() {}, renewAt: undefined };
  }
  const login = loginFrom(env, options.urls);
  if (login !== undefined) return new Relogin(login, options.monotonic);
  throw new CliError(
    EXIT.config,
    `no credentials: set ${options.variables[0]}, name a file by --token-file, or set OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME as for openstackclient.`,
  );
}

/** An HTTP library would put an invalid header value, the token, into its error message. @throws CliError `config` */
function checkedToken(token: string, from: string): string {
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new CliError(
      EXIT.config,
      `${from} contains a blank, a line break or a character outside ASCII; it must contain only the token.`,
    );
  return token;
}

/** Read again each time, so that a rotated file counts without a restart. */
function fileToken(path: string): CredentialTokens {
  const read = () => {
    let text: string;
    try {
      text = readFileSync(path, 'utf8').trim();
    } catch (error) {
      throw new CliError(
        EXIT.config,
        `--token-file: ${path} cannot be read (${(error as NodeJS.ErrnoException).code}); name a file that holds the token alone.`,
      );
    }
    if (text === '')
      throw new CliError(EXIT.config, `--token-file: ${path} is empty; it must contain only the token.`);
    return checkedToken(text, `--token-file: ${path}`);
  };
  read();
  return { token: async () => read(), refused() {}, renewAt: undefined };
}

/** openstackclient's variables; undefined if they are not enough for a login. */
export function loginFrom(env: Env, urls: readonly string[]): Login | undefined {
  const authUrls = authUrlsOf(env, urls);
  if (env.OS_APPLICATION_CREDENTIAL_ID && env.OS_APPLICATION_CREDENTIAL_SECRET)
    return {
      authUrls,
      applicationCredential: {
        id: env.OS_APPLICATION_CREDENTIAL_ID,
        secret: env.OS_APPLICATION_CREDENTIAL_SECRET,
      },
    };
  const password = env.OS_PASSWORD;
  if (password === undefined || password === '' || !(env.OS_USERNAME || env.OS_USER_ID)) return undefined;
  return {
    authUrls,
    password: {
      user: env.OS_USER_ID
        ? { id: env.OS_USER_ID, password }
        : { name: env.OS_USERNAME ?? '', domain: domain(env, 'USER'), password },
    },
    project: projectFrom(env),
  };
}

/** An OS_AUTH_URL that names one of the nodes means all of them. */
function authUrlsOf({ OS_AUTH_URL: given }: Env, urls: readonly string[]): readonly string[] {
  const base = given?.replace(/\/identity(?:\/v3)?\/*$/, '') ?? '';
  return given && !urls.includes(base) ? [given] : urls.map((url) => `${url}/identity/v3`);
}

/** "Tenant" is the old name of a project. */
function projectFrom(env: Env): Login['project'] {
  const id = env.OS_PROJECT_ID || env.OS_TENANT_ID;
  if (id) return { id };
  const name = env.OS_PROJECT_NAME || env.OS_TENANT_NAME;
  return name ? { name, domain: domain(env, 'PROJECT') } : undefined;
}

function domain(env: Env, of: 'USER' | 'PROJECT'): { id: string } | { name: string } {
  const id = env[`OS_${of}_DOMAIN_ID`];
  if (id) return { id };
  const name = env[`OS_${of}_DOMAIN_NAME`];
  return name ? { name } : { id: env.OS_DEFAULT_DOMAIN || 'default' };
}

/** The share of a token's lifetime after which the next one is fetched. */
const RENEW_AFTER = 0.8;
/** The shortest interval between logins. A token that expires sooner is replaced once the server refuses it. */
const SHORTEST_LIFE_MS = 1_000;

class Relogin implements CredentialTokens {
  readonly #login: Login;
  readonly #monotonic: () => number;
  #token: Promise<string> | undefined;
  #renewAt: number | undefined;

  constructor(login: Login, monotonic: () => number) {
    this.#login = login;
    this.#monotonic = monotonic;
  }

  get renewAt(): number | undefined {
    return this.#renewAt;
  }

  token(): Promise<string> {
    if (this.#renewAt !== undefined && this.#monotonic() >= this.#renewAt) this.refused();
    this.#token ??= this.#fetch().catch((error: unknown) => {
      this.refused();
      throw error;
    });
    return this.#token;
  }

  refused(): void {
    this.#token = undefined;
    this.#renewAt = undefined;
  }

  /** The lifetime is measured on the monotonic clock, so the wall clocks of client and server need not agree. */
  async #fetch(): Promise<string> {
    const asked = this.#monotonic();
    const { token, lifetimeMs } = await logIn(this.#login);
    if (lifetimeMs !== undefined)
      this.#renewAt = asked + Math.max(lifetimeMs * RENEW_AFTER, SHORTEST_LIFE_MS);
    return token;
  }
}
