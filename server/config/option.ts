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
