/** The options by which a command finds its server, and what they come to. */
import { type Command, InvalidArgumentError } from 'commander';
import { BadValue, parseBaseUrl } from '../../config/values.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import type { Terminal } from '../support/terminal.ts';
import { type TokenSource, tokenSource } from './credentials.ts';
import { HttpClient } from './http-client.ts';

export interface ConnectionFlags {
  readonly url?: string;
  readonly tokenFile?: string;
  /** Of commands that can act on the database file: they do so then, and only then. */
  readonly offline?: boolean;
  readonly databaseUrl?: string;
}

export const DEFAULT_URL = 'http://127.0.0.1:8774';

/** Printed below the options of every command that talks to a server. */
export const CREDENTIALS_HELP = `
Credentials: HOSTBEAT_TOKEN, OS_TOKEN, --token-file, or as openstackclient: OS_AUTH_URL, OS_USERNAME, OS_PASSWORD,
OS_PROJECT_NAME (and OS_USER_DOMAIN_NAME, OS_PROJECT_DOMAIN_NAME, OS_APPLICATION_CREDENTIAL_ID and _SECRET),
or a cloud of clouds.yaml by OS_CLOUD.
There is no flag for a token or a password: what stands on a command line can be read by every user of the machine.`;

export function addConnection(command: Command): Command {
  return command
    .option(
      '--url <URL>',
      `base URL of the server [HOSTBEAT_URL, else that of OS_AUTH_URL or OS_CLOUD, else ${DEFAULT_URL}]`,
      checkedUrl,
    )
    .option('--token-file <FILE>', 'file that holds a token; read again whenever one is needed');
}

/** For commander: the reason of a refusal is shown behind the option's name. */
export function checkedUrl(text: string): string {
  try {
    return parseBaseUrl(text);
  } catch (error) {
    if (error instanceof BadValue) throw new InvalidArgumentError(`It ${error.message}.`);
    throw error;
  }
}

/** A server, and what named it. */
export interface Server {
  readonly url: string;
  readonly from: string;
}

/**
 * Which server a command talks to. The embedded identity stands below the server's own URL, so OS_AUTH_URL alone says
 * where that is; the address of a Keystone says nothing of it.
 * @throws CliError `config` if a variable does not name a server
 */
export function serverOf(flags: ConnectionFlags, env: Terminal['env']): Server {
  if (flags.url !== undefined) return { url: flags.url, from: '--url' };
  if (env.HOSTBEAT_URL) {
    try {
      return { url: parseBaseUrl(env.HOSTBEAT_URL), from: 'HOSTBEAT_URL' };
    } catch (error) {
      throw new CliError(EXIT.config, `HOSTBEAT_URL ${(error as Error).message}.`);
    }
  }
  if (!env.OS_AUTH_URL) return { url: DEFAULT_URL, from: 'the default' };
  const from = env.OS_CLOUD ? `cloud ${env.OS_CLOUD}` : 'OS_AUTH_URL';
  const beside = /^(https?:\/\/.+)\/identity(?:\/v3)?\/*$/.exec(env.OS_AUTH_URL)?.[1];
  if (beside !== undefined) return { url: beside, from };
  throw new CliError(
    EXIT.config,
    `${from} names an identity service (${env.OS_AUTH_URL}) and not where hostbeat is: name that by --url or HOSTBEAT_URL.`,
  );
}

export function serverUrl(flags: ConnectionFlags, env: Terminal['env']): string {
  return serverOf(flags, env).url;
}

export interface ServerAccess {
  readonly url: string;
  readonly tokens: TokenSource;
  readonly http: HttpClient;
}

/** @throws CliError `config` if there are no credentials */
export function connectionOf(
  flags: ConnectionFlags,
  env: Terminal['env'],
  variables: readonly string[] | undefined = ['HOSTBEAT_TOKEN', 'OS_TOKEN', 'OS_AUTH_TOKEN'],
): ServerAccess {
  const url = serverUrl(flags, env);
  const tokens = tokenSource(env, {
    tokenFile: flags.tokenFile,
    variables,
    url,
    monotonic: () => performance.now(),
  });
  return { url, tokens, http: new HttpClient(url, tokens) };
}

/**
 * Commands that can act on the database file do so with --offline, and with nothing else.
 * @throws CliError `usage` if the flags name both
 */
export function isThroughServer(flags: ConnectionFlags): boolean {
  if (flags.offline === true && flags.url !== undefined)
    throw new CliError(
      EXIT.usage,
      '--offline acts on the database file and --url on a server: give one of them.',
    );
  if (flags.offline !== true && flags.databaseUrl !== undefined)
    throw new CliError(
      EXIT.usage,
      '--database-url is of use with --offline alone: add it to act on the database file.',
    );
  return flags.offline !== true;
}

/** For standard error: what a command acts on. */
export function sayServer({ url, from }: Server, terminal: Pick<Terminal, 'err'>): void {
  terminal.err(`hostbeat: server ${url} (${from})\n`);
}

/** As `connectionOf`, and says which server it is. */
export function connected(
  flags: ConnectionFlags,
  terminal: Terminal,
  variables?: readonly string[],
): ServerAccess {
  sayServer(serverOf(flags, terminal.env), terminal);
  return connectionOf(flags, terminal.env, variables);
}
