/** The options by which a command finds its server, and what they come to. */
import { type Command, InvalidArgumentError } from 'commander';
import { BadValue, parseBaseUrl } from '../../config/values.ts';
import { type TokenSource, tokenSource } from './credentials.ts';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { HttpClient } from './http-client.ts';
import type { Terminal } from './terminal.ts';

export interface ConnectionFlags {
  readonly url?: string;
  readonly tokenFile?: string;
}

export const DEFAULT_URL = 'http://127.0.0.1:8774';

/** Printed below the options of every command that talks to a server. */
export const CREDENTIALS_HELP = `
Credentials: HOSTBEAT_TOKEN, OS_TOKEN, --token-file, or as openstackclient: OS_AUTH_URL, OS_USERNAME, OS_PASSWORD,
OS_PROJECT_NAME (and OS_USER_DOMAIN_NAME, OS_PROJECT_DOMAIN_NAME, OS_APPLICATION_CREDENTIAL_ID and _SECRET).
There is no flag for a token or a password: what stands on a command line can be read by every user of the machine.`;

export function addConnection(command: Command): Command {
  return command
    .option(
      '--url <URL>',
      `base URL of the server [HOSTBEAT_URL, else that of OS_AUTH_URL, else ${DEFAULT_URL}]`,
      checkedUrl,
    )
    .option('--token-file <FILE>', 'file that holds a token; read anew whenever one is needed');
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

/**
 * The embedded identity stands below the server's own URL, so OS_AUTH_URL alone tells where the server is.
 * @throws CliError `config` if HOSTBEAT_URL is none
 */
export function serverUrl(flags: ConnectionFlags, env: Terminal['env']): string {
  if (flags.url !== undefined) return flags.url;
  if (env.HOSTBEAT_URL) {
    try {
      return parseBaseUrl(env.HOSTBEAT_URL);
    } catch (error) {
      throw new CliError(EXIT.config, `HOSTBEAT_URL ${(error as Error).message}.`);
    }
  }
  const beside = /^(https?:\/\/.+)\/identity(?:\/v3)?\/*$/.exec(env.OS_AUTH_URL ?? '')?.[1];
  return beside ?? DEFAULT_URL;
}

export interface Connection {
  readonly url: string;
  readonly tokens: TokenSource;
  readonly http: HttpClient;
}

/** @throws CliError `config` if there are no credentials */
export function connectionOf(
  flags: ConnectionFlags,
  env: Terminal['env'],
  variables: readonly string[] = ['HOSTBEAT_TOKEN', 'OS_TOKEN', 'OS_AUTH_TOKEN'],
): Connection {
  const url = serverUrl(flags, env);
  const tokens = tokenSource(env, {
    tokenFile: flags.tokenFile,
    variables,
    url,
    monotonic: () => performance.now(),
  });
  return { url, tokens, http: new HttpClient(url, tokens) };
}

/** Commands that can act on the database file do so unless a server is named. */
export function isThroughServer(flags: ConnectionFlags, env: Terminal['env']): boolean {
  return flags.url !== undefined || Boolean(env.HOSTBEAT_URL);
}
