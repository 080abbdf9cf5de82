/** The options by which a command finds its server, and the server that they name. */
import { type Command, InvalidArgumentError } from 'commander';
import { BadValue } from '../../config/values.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import type { Terminal } from '../support/terminal.ts';
import { type CredentialTokens, tokenSource } from './credentials.ts';
import { firstThatAnswers, parseBaseUrls } from './endpoints.ts';
import { HttpClient } from './http-client.ts';

export interface ConnectionFlags {
  readonly url?: readonly string[];
  readonly tokenFile?: string;
  /** For commands that can act on the database file: they do so with --offline, and only then. */
  readonly offline?: boolean;
  readonly databaseUrl?: string;
}

export const DEFAULT_URL = 'http://127.0.0.1:8774';

/** Printed below the options of every command that talks to a server. */
export const CREDENTIALS_HELP = `
Credentials: HOSTBEAT_TOKEN, OS_TOKEN, --token-file, or as openstackclient: OS_AUTH_URL, OS_USERNAME, OS_PASSWORD,
OS_PROJECT_NAME (and OS_USER_DOMAIN_NAME, OS_PROJECT_DOMAIN_NAME, OS_APPLICATION_CREDENTIAL_ID and _SECRET),
or a cloud of clouds.yaml by OS_CLOUD.
There is no flag for a token or a password: every user of the machine can read a command line.`;

export function addConnection(command: Command): Command {
  return command
    .option(
      '--url <URL>',
      `base URL of the server; several nodes with commas, or by repeating it: the first that answers is used [HOSTBEAT_URL, else that of OS_AUTH_URL or OS_CLOUD, else ${DEFAULT_URL}]`,
      checkedUrls,
    )
    .option('--token-file <FILE>', 'file with a token; read again whenever one is needed');
}

/** For commander, which prints the reason of a refusal after the option's name. */
export function checkedUrls(text: string, before: readonly string[] = []): readonly string[] {
  try {
    return [...new Set([...before, ...parseBaseUrls(text)])];
  } catch (error) {
    if (error instanceof BadValue) throw new InvalidArgumentError(`It ${error.message}.`);
    throw error;
  }
}

/** A server, or its nodes, and the option or variable that named it. */
export interface Server {
  readonly urls: readonly string[];
  readonly from: string;
}

/**
 * The server that a command talks to. The embedded identity is below the server's own URL, so OS_AUTH_URL alone names
 * the server; the address of a Keystone does not.
 * @throws CliError `config` if a variable does not name a server
 */
export function serverOf(flags: ConnectionFlags, env: Terminal['env']): Server {
  if (flags.url !== undefined) return { urls: flags.url, from: '--url' };
  if (env.HOSTBEAT_URL) {
    try {
      return { urls: parseBaseUrls(env.HOSTBEAT_URL), from: 'HOSTBEAT_URL' };
    } catch (error) {
      throw new CliError(EXIT.config, `HOSTBEAT_URL ${(error as Error).message}.`);
    }
  }
  if (!env.OS_AUTH_URL) return { urls: [DEFAULT_URL], from: 'the default' };
  const from = env.OS_CLOUD ? `cloud ${env.OS_CLOUD}` : 'OS_AUTH_URL';
  const beside = /^(https?:\/\/.+)\/identity(?:\/v3)?\/*$/.exec(env.OS_AUTH_URL)?.[1];
  if (beside !== undefined) return { urls: [beside], from };
  throw new CliError(
    EXIT.config,
    `${from} names an identity service (${env.OS_AUTH_URL}) and not where hostbeat is: name that by --url or HOSTBEAT_URL.`,
  );
}

/** The node that a command talks to. */
export function serverUrl(flags: ConnectionFlags, terminal: Pick<Terminal, 'env' | 'err'>): Promise<string> {
  return firstThatAnswers(serverOf(flags, terminal.env).urls, terminal);
}

export interface ServerAccess {
  readonly url: string;
  /** All nodes, `url` first. */
  readonly urls: readonly string[];
  readonly tokens: CredentialTokens;
  readonly http: HttpClient;
}

const VARIABLES = ['HOSTBEAT_TOKEN', 'OS_TOKEN', 'OS_AUTH_TOKEN'];

/** @throws CliError `config` if there are no credentials */
export function tokensFor(
  flags: ConnectionFlags,
  env: Terminal['env'],
  urls: readonly string[],
  variables: readonly string[] = VARIABLES,
): CredentialTokens {
  const { tokenFile } = flags;
  return tokenSource(env, { tokenFile, variables, urls, monotonic: () => performance.now() });
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
      '--database-url works only with --offline: add it to act on the database file.',
    );
  return flags.offline !== true;
}

/** For standard error: the server or database that a command acts on. */
export function sayServer({ urls, from }: Server, terminal: Pick<Terminal, 'err'>): void {
  terminal.err(`hostbeat: server ${urls.join(', ')} (${from})\n`);
}

/**
 * The server that a command acts on: of several nodes the first that answers, which is printed on standard error.
 * @throws CliError `config` if there are no credentials
 */
export async function connected(flags: ConnectionFlags, terminal: Terminal): Promise<ServerAccess> {
  const server = serverOf(flags, terminal.env);
  const tokens = tokensFor(flags, terminal.env, server.urls);
  const url = await firstThatAnswers(server.urls, terminal);
  sayServer({ urls: [url], from: server.from }, terminal);
  const urls = [url, ...server.urls.filter((one) => one !== url)];
  return { url, urls, tokens, http: new HttpClient(url, tokens) };
}
