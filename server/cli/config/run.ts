/** `hostbeat config print` and `check`. */
import type { Loaded } from '../../config/load.ts';
import { OPTIONS, type Option, type OptionName } from '../../config/options/table.ts';
import { formatDuration } from '../../config/values.ts';
import { asSettings, CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { loadSettings } from '../support/settings.ts';
import type { Flags } from '../support/settings-flags.ts';
import { table } from '../support/table.ts';
import { json as asJson, type Terminal } from '../support/terminal.ts';
import { counted } from '../support/text.ts';

/** Shown instead of a secret, and instead of a password inside a URL. */
const HIDDEN = '[hidden]';

export async function printConfig(
  flags: Flags & { readonly json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const { json, ...settings } = flags;
  const loaded = await loadSettings(settings, terminal.env);
  const rows = (Object.entries(OPTIONS) as [OptionName, Option][]).map(([name, option]) => ({
    name: option.env,
    value: shown(name, loaded),
    origin: loaded.origins[name],
  }));
  if (json === true) terminal.out(asJson(rows, 2));
  else
    terminal.out(
      table(
        ['VARIABLE', 'SOURCE', 'VALUE'],
        rows.map(({ name, value, origin }) => [name, origin, person(name, value)]),
      ),
    );
  for (const warning of loaded.warnings) terminal.err(`hostbeat: ${warning}\n`);
}

export async function checkConfig(
  { strict, ...flags }: Flags & { readonly strict?: boolean },
  terminal: Terminal,
): Promise<void> {
  const { warnings } = await checkedSettings(flags, terminal);
  for (const warning of warnings) terminal.err(`hostbeat: ${warning}\n`);
  if (strict === true && warnings.length > 0)
    throw new CliError(EXIT.config, `${counted(warnings.length, 'warning')}, and --strict takes none.`);
  terminal.out('The settings are right.\n');
}

/** Settings, certificate and policy file as serve would read them, with every warning. @throws ConfigError */
export async function checkedSettings(
  flags: Flags,
  terminal: Terminal,
): Promise<Pick<Loaded, 'config' | 'warnings'>> {
  const { config, warnings } = await loadSettings(flags, terminal.env);
  const remarks: string[] = [];
  await asSettings(async () => {
    if (config.tls !== undefined) (await import('../../runtime/tls.ts')).readTls(config.tls);
    if (config.policyFile === undefined) return;
    const { readPolicyFile } = await import('../../identity/policy/live-policy.ts');
    const { remarksOn } = await import('../policy/run.ts');
    remarks.push(...remarksOn(await readPolicyFile(config.policyFile), config.policyFile));
  });
  return { config, warnings: [...warnings, ...remarks] };
}

type SettingValue = string | number | boolean | readonly string[] | null;

function shown(name: OptionName, { config, secrets }: Loaded): SettingValue {
  switch (name) {
    case 'adminPassword':
    case 'receiverToken':
    case 'keystonePassword':
    case 'keystoneCredentialSecret':
      return secrets[name] === undefined ? null : HIDDEN;
    case 'listen':
      return config.listen.host.includes(':')
        ? `[${config.listen.host}]:${config.listen.port}`
        : `${config.listen.host}:${config.listen.port}`;
    case 'tlsCert':
      return config.tls?.cert ?? null;
    case 'tlsKey':
      return config.tls?.key ?? null;
    case 'databaseUrl':
      return config.databaseUrl.replace(/(:\/\/[^:/@]+:).*@/, `$1${HIDDEN}@`);
    default:
      return config[name] ?? null;
  }
}

/** Durations are in milliseconds for programs and have a unit for people. */
function person(variable: string, value: SettingValue): string {
  const option = Object.values<Option>(OPTIONS).find(({ env }) => env === variable);
  if (value === null) return '';
  if (option?.type === 'seconds') return formatDuration(Number(value));
  return String(value);
}
