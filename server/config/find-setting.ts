/** Finds the text of one setting: in a flag, a variable, the configuration file, a secret's own file, or its default. */
import { flagOf, secretFileVariable } from './options/option.ts';
import type { Option, OptionName } from './options/table.ts';
import { BadValue } from './values.ts';

export type SettingOrigin = 'flag' | 'environment' | 'file' | 'default' | 'unset';

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

/** One setting as its source gives it, before it is parsed. */
export interface FoundSetting {
  readonly text: string | undefined;
  readonly origin: SettingOrigin;
  /** The flag or the variable that gave the value, for error messages. */
  readonly by: string;
  /** For a secret: the file that holds it. */
  readonly file?: string;
}

/**
 * A flag overrides a variable, which overrides the default. An empty variable counts as absent, because compose files
 * leave empty ones.
 */
export function findSetting(name: OptionName, option: Option, sources: Sources, files: Files): FoundSetting {
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
function findSecret(
  option: Option,
  flag: string | undefined,
  env: Sources['env'],
  files: Files,
): FoundSetting {
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
