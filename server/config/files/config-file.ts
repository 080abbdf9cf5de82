/** Reads a configuration file: the settings in YAML, for operators who prefer a file to variables. */
import { ConfigError } from '../load.ts';
import { nearest } from '../nearest.ts';
import { secretFileVariable } from '../options/option.ts';
import { OPTIONS, type Option } from '../options/table.ts';
import { yaml } from './yaml.ts';

/** Settings of a file by the name of their variable, as text, like a variable's value. */
export interface ConfigFile {
  readonly path: string;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * A key is the variable's name, or the part of it after HOSTBEAT_: `service_down_time`, `service-down-time`.
 * @throws ConfigError naming every key that is not a setting, with the nearest one that is
 */
export function readConfigFile(text: string, path: string): ConfigFile {
  let document: unknown;
  try {
    document = yaml().parse(text);
  } catch (error) {
    throw new ConfigError([`${path} is not YAML: ${(error as Error).message.split('\n')[0]}`]);
  }
  if (document === null || document === undefined) return { path, values: {} };
  if (typeof document !== 'object' || Array.isArray(document))
    throw new ConfigError([`${path} must contain settings, one "name: value" a line.`]);
  const known = knownKeys();
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const [key, value] of Object.entries(document)) {
    const variable = known.get(plainKey(key));
    if (variable === undefined) {
      const near = nearest(plainKey(key), known.keys());
      problems.push(`${path}: ${key} is not a setting${near === undefined ? '' : `; did you mean ${near}?`}`);
    } else if (values[variable] !== undefined) problems.push(`${path}: ${key} is given twice.`);
    else if (value !== null) {
      const written = textOf(value);
      if (written === undefined) problems.push(`${path}: ${key} must be a value or a list of values.`);
      else values[variable] = written;
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { path, values };
}

/** The key of a setting in a file. */
export function keyOf(option: Option): string {
  return option.env.replace(/^HOSTBEAT_/, '').toLowerCase();
}

function knownKeys(): Map<string, string> {
  const known = new Map<string, string>();
  for (const option of Object.values(OPTIONS) as Option[]) {
    known.set(keyOf(option), option.env);
    if (option.type === 'secret') known.set(`${keyOf(option)}_file`, secretFileVariable(option));
  }
  return known;
}

function plainKey(key: string): string {
  return key
    .replace(/^HOSTBEAT_/, '')
    .toLowerCase()
    .replaceAll('-', '_');
}

function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const parts = value.map(textOf);
    return parts.every((part) => part !== undefined) ? parts.join(',') : undefined;
  }
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}
