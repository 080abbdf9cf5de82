/** How a setting is written. `seconds` and `bytes` say the unit; durations allow fractions. */
export type OptionType =
  | 'string'
  | 'secret'
  | 'seconds'
  | 'integer'
  | 'bytes'
  | 'boolean'
  | 'list'
  | readonly string[];

/** One line of the table of settings. */
export interface Option {
  readonly env: string;
  readonly type: OptionType;
  readonly default?: string;
  /** Lower bound of a number. */
  readonly min?: number;
  /** Shown as the value's name in `--help`. */
  readonly value?: string;
  readonly help: string;
}

/** The long flag of a setting: HOSTBEAT_SERVICE_DOWN_TIME is --service-down-time. A secret's names a file. */
export function flagOf(option: Option): string {
  const name = option.env
    .replace(/^HOSTBEAT_/, '')
    .toLowerCase()
    .replaceAll('_', '-');
  return option.type === 'secret' ? `--${name}-file` : `--${name}`;
}

/** The variable that names a file with the secret, for mounted secrets. */
export function secretFileVariable(option: Option): string {
  return `${option.env}_FILE`;
}
