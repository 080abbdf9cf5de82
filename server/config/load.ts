/** Turns flags and environment into a checked, frozen Config; reports all problems at once. */
import { existsSync, readFileSync } from 'node:fs';
import { correctedDownTime } from '../domain/silence/deadline.ts';
import { authProblems, authWarnings } from './auth-rules.ts';
import type { Config, Secrets } from './config.ts';
import { receiversOf } from './files/receivers-file.ts';
import { nearest } from './nearest.ts';
import { flagOf, secretFileVariable } from './options/option.ts';
import { CLIENT_VARIABLES, OPTIONS, type Option, type OptionName, type OptionType } from './options/table.ts';
import {
  BadValue,
  formatDuration,
  isAddressOrNetwork,
  parseBaseUrl,
  parseListen,
  parseValue,
} from './values.ts';
import { parseWitness, witnessProblems } from './witness-address.ts';

export type Origin = 'flag' | 'environment' | 'file' | 'default' | 'unset';

export interface Loaded {
  readonly config: Config;
  readonly secrets: Secrets;
  /** Sentences for the log: settings that were corrected, and settings that are likely mistakes. */
  readonly warnings: readonly string[];
  readonly origins: Readonly<Record<OptionName, Origin>>;
  /** Files that the secrets came from: reading the same settings again gives their present contents. */
  readonly secretFiles: readonly string[];
}

export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The flags of the command line. A secret's flag names a file that holds the secret. */
  readonly flags?: Readonly<Partial<Record<OptionName, string>>>;
  /** Settings of a configuration file, by their variables' names. A variable overrides the file. */
  readonly file?: { readonly path: string; readonly values: Readonly<Record<string, string>> };
  readonly files?: Files;
}

export interface Files {
  exists(path: string): boolean;
  read(path: string): string;
}

const disk: Files = { exists: existsSync, read: (path) => readFileSync(path, 'utf8') };

/** All problems of the settings: one sentence each, with the setting and the fix. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** @throws ConfigError */
export function loadConfig(sources: Sources): Loaded {
  const files = sources.files ?? disk;
  const problems: string[] = [];
  const origins = {} as Record<OptionName, Origin>;
  const values: Record<string, unknown> = {};
  const secretFiles = new Set<string>();
  for (const [name, option] of entries()) {
    try {
      const given = find(name, option, sources, files);
      if (given.file !== undefined) secretFiles.add(given.file);
      origins[name] = given.origin;
      values[name] = given.text === undefined ? undefined : parse(name, option, given);
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);

  const {
    adminPassword,
    receiverToken,
    keystonePassword,
    keystoneCredentialSecret,
    listen,
    tlsCert,
    tlsKey,
    ...rest
  } = values as Values;
  const read = (path: string) => {
    secretFiles.add(path);
    return files.read(path);
  };
  const receivers = receiversOf(
    rest.receiversFile,
    receiverToken,
    { exists: (path) => files.exists(path), read },
    (problem) => {
      problems.push(`${title(OPTIONS.receiversFile)}: ${problem}.`);
    },
  );
  const secrets = { adminPassword, receiverToken, receivers, keystonePassword, keystoneCredentialSecret };
  const warnings = [...unknownVariables(sources.env), ...authWarnings(rest, secrets)];
  problems.push(...authProblems(rest, secrets));
  const serviceDownTime = correctedDownTime(rest.reportInterval, rest.serviceDownTime);
  if (serviceDownTime !== rest.serviceDownTime)
    warnings.push(
      `HOSTBEAT_SERVICE_DOWN_TIME (${formatDuration(rest.serviceDownTime)}) is not above HOSTBEAT_REPORT_INTERVAL (${formatDuration(rest.reportInterval)}): ${formatDuration(serviceDownTime)} is used; set it to at least two intervals.`,
    );
  if (rest.reconnectWindow > serviceDownTime)
    warnings.push(
      `HOSTBEAT_RECONNECT_WINDOW (${formatDuration(rest.reconnectWindow)}) is above the service_down_time (${formatDuration(serviceDownTime)}): the deadline passes first and the window decides nothing.`,
    );
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    problems.push(
      `${tlsCert === undefined ? 'HOSTBEAT_TLS_CERT' : 'HOSTBEAT_TLS_KEY'} is missing: TLS needs both HOSTBEAT_TLS_CERT and HOSTBEAT_TLS_KEY.`,
    );
  for (const [name, path] of [
    ['tlsCert', tlsCert],
    ['tlsKey', tlsKey],
    ['policyFile', rest.policyFile],
  ] as const)
    if (path !== undefined && !files.exists(path))
      problems.push(`${title(OPTIONS[name])}: there is no file ${path}; name one that exists.`);
  for (const name of ['trustedProxies', 'webhookNetworks'] as const)
    for (const network of rest[name])
      if (!isAddressOrNetwork(network))
        problems.push(
          `${title(OPTIONS[name])}: "${network}" is not an IP address or network; write e.g. 10.0.0.7 or 10.0.0.0/8, separated by commas.`,
        );
  for (const problem of witnessProblems(rest.witness)) problems.push(`${title(OPTIONS.witness)}${problem}.`);
  if (!/^(sqlite:.|postgres(ql)?:\/\/.)/.test(rest.databaseUrl))
    problems.push(
      `${title(OPTIONS.databaseUrl)}${shownUrl(rest.databaseUrl)} must be sqlite: and a path, such as sqlite:/var/lib/hostbeat/hostbeat.db, or postgres://USER@HOST/DATABASE.`,
    );
  if (problems.length > 0) throw new ConfigError(problems);

  const tls = tlsCert !== undefined && tlsKey !== undefined ? { cert: tlsCert, key: tlsKey } : undefined;
  const address = parseListen(listen);
  if (!isLoopback(address.host) && tls === undefined && !rest.publicUrl?.startsWith('https:'))
    warnings.push(
      `HOSTBEAT_LISTEN (${listen}) is reachable from other machines without TLS: passwords and tokens travel readable. Set HOSTBEAT_TLS_CERT and HOSTBEAT_TLS_KEY, or HOSTBEAT_PUBLIC_URL to the https address of the proxy in front.`,
    );
  for (const text of rest.witness)
    if (isLoopback(parseWitness(text).host))
      warnings.push(
        `HOSTBEAT_WITNESS: ${text} is on this machine, which is always reachable; name an address on the agents' network.`,
      );
  return Object.freeze({
    config: deepFreeze({ ...rest, serviceDownTime, listen: address, tls }),
    secrets: Object.freeze(secrets),
    warnings: Object.freeze(warnings),
    origins: Object.freeze(origins),
    secretFiles: Object.freeze([...secretFiles]),
  });
}

/** Every secret of the settings, to be hidden wherever texts are shown. */
export function secretTexts({ receivers, ...single }: Secrets): readonly (string | undefined)[] {
  return [...Object.values(single), ...receivers.map(({ token }) => token)];
}

type ValueOf<T extends OptionType> = T extends 'seconds' | 'integer' | 'bytes'
  ? number
  : T extends 'boolean'
    ? boolean
    : T extends 'list'
      ? readonly string[]
      : T extends readonly string[]
        ? T[number]
        : string;

type Values = {
  readonly [N in OptionName]: (typeof OPTIONS)[N] extends { readonly default: string }
    ? ValueOf<(typeof OPTIONS)[N]['type']>
    : ValueOf<(typeof OPTIONS)[N]['type']> | undefined;
};

interface ReadValue {
  readonly text: string | undefined;
  readonly origin: Origin;
  /** The flag or the variable that gave the value, for error messages. */
  readonly by: string;
  /** For a secret: the file that holds it. */
  readonly file?: string;
}

function entries(): readonly (readonly [OptionName, Option])[] {
  return Object.entries(OPTIONS) as [OptionName, Option][];
}

function title(option: Option): string {
  return `${option.env} (${flagOf(option)})`;
}

/**
 * A flag overrides a variable, which overrides the default. An empty variable counts as absent, because compose files
 * leave empty ones.
 */
function find(name: OptionName, option: Option, sources: Sources, files: Files): ReadValue {
  const flag = sources.flags?.[name];
  if (option.type === 'secret') {
    const { env, file } = secretsOf(option, sources);
    const found = findSecret(option, flag, env, files);
    return found.file === undefined && found.text !== undefined && file !== undefined
      ? { ...found, file }
      : found;
  }
  if (flag !== undefined) return { text: flag, origin: 'flag', by: flagOf(option) };
  const variable = sources.env[option.env];
  if (variable !== undefined && variable !== '')
    return { text: variable, origin: 'environment', by: option.env };
  const written = sources.file?.values[option.env];
  if (written !== undefined && written !== '')
    return { text: written, origin: 'file', by: `${sources.file?.path}: ${option.env}` };
  return { text: option.default, origin: option.default === undefined ? 'unset' : 'default', by: option.env };
}

/** The source of a secret: the environment, or the configuration file where the environment has none. */
function secretsOf(
  option: Option,
  { env, file }: Sources,
): { readonly env: Sources['env']; readonly file?: string } {
  const names = [option.env, secretFileVariable(option)];
  if (file === undefined || names.some((name) => env[name])) return { env };
  return { env: Object.fromEntries(names.map((name) => [name, file.values[name]])), file: file.path };
}

/** A secret never appears on the command line, where every user of the machine can read it: its flag names a file. */
function findSecret(option: Option, flag: string | undefined, env: Sources['env'], files: Files): ReadValue {
  const variable = env[option.env];
  if (flag === undefined && variable !== undefined && variable !== '')
    return { text: variable, origin: 'environment', by: option.env };
  const path = flag ?? env[secretFileVariable(option)];
  if (path === undefined || path === '') return { text: undefined, origin: 'unset', by: option.env };
  const by = flag === undefined ? secretFileVariable(option) : flagOf(option);
  const origin = flag === undefined ? 'environment' : 'flag';
  let text: string;
  try {
    text = files.read(path).replace(/\r?\n$/, '');
  } catch {
    throw new BadValue(`${by}: ${path} cannot be read; name a file that contains only the secret.`);
  }
  if (text === '') throw new BadValue(`${by}: ${path} is empty; name a file that contains only the secret.`);
  return { text, origin, by, file: path };
}

const BASE_URLS = new Set<OptionName>(['publicUrl', 'keystoneUrl', 'keystonePublicUrl']);

function parse(name: OptionName, option: Option, given: ReadValue): unknown {
  const text = given.text ?? '';
  try {
    const value = parseValue(option, text);
    if (name === 'listen') parseListen(text);
    return BASE_URLS.has(name) ? parseBaseUrl(text) : value;
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    const shown = option.type === 'secret' ? '' : ` ("${text}")`;
    throw new BadValue(`${given.by}${shown} ${error.message}.`);
  }
}

/**
 * An unknown HOSTBEAT_ variable is most likely misspelt; without a warning the operator would not notice that the
 * default stays in force.
 */
function unknownVariables(env: Sources['env']): string[] {
  const known = new Set<string>(Object.keys(CLIENT_VARIABLES));
  for (const [, option] of entries()) {
    known.add(option.env);
    if (option.type === 'secret') known.add(secretFileVariable(option));
  }
  return Object.keys(env)
    .filter((name) => name.startsWith('HOSTBEAT_') && !known.has(name))
    .sort()
    .map((name) => {
      const near = nearest(name, known);
      const hint = near === undefined ? '"hostbeat config doc" lists them' : `did you mean ${near}?`;
      return `${name} is not a setting of hostbeat and is ignored; ${hint}${near === undefined ? '.' : ''}`;
    });
}

/** Leaves out what may be a password. */
function shownUrl(url: string): string {
  return url.includes('@') ? '' : ` ("${url}")`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
