/** Turns flags and environment into a checked, frozen Config; reports all problems at once. */
import { existsSync, readFileSync } from 'node:fs';
import { correctedDownTime } from '../domain/silence/deadline.ts';
import { authProblems, authWarnings } from './auth-rules.ts';
import type { Config, Secrets } from './config.ts';
import { receiversOf } from './files/receivers-file.ts';
import { type Files, findSetting, type SettingOrigin, type Sources } from './find-setting.ts';
import { flagOf } from './options/option.ts';
import { OPTIONS, type Option, type OptionName } from './options/table.ts';
import { parseSetting, type Values } from './parse-setting.ts';
import { unknownVariables } from './unknown-variables.ts';
import { BadValue, formatDuration, isAddressOrNetwork, parseListen } from './values.ts';
import { parseWitness, witnessProblems } from './witness-address.ts';

export interface Loaded {
  readonly config: Config;
  readonly secrets: Secrets;
  /** Sentences for the log: settings that were corrected, and settings that are likely mistakes. */
  readonly warnings: readonly string[];
  readonly origins: Readonly<Record<OptionName, SettingOrigin>>;
  /** Files that the secrets came from: reading the same settings again gives their present contents. */
  readonly secretFiles: readonly string[];
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
  const origins = {} as Record<OptionName, SettingOrigin>;
  const values: Record<string, unknown> = {};
  const secretFiles = new Set<string>();
  for (const [name, option] of entries()) {
    try {
      const given = findSetting(name, option, sources, files);
      if (given.file !== undefined) secretFiles.add(given.file);
      origins[name] = given.origin;
      values[name] = given.text === undefined ? undefined : parseSetting(name, option, given);
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

function entries(): readonly (readonly [OptionName, Option])[] {
  return Object.entries(OPTIONS) as [OptionName, Option][];
}

function title(option: Option): string {
  return `${option.env} (${flagOf(option)})`;
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
