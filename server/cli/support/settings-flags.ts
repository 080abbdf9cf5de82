import { type Command, Option as Flag } from 'commander';
import { flagOf } from '../../config/options/option.ts';
import { OPTIONS, type Option, type OptionName } from '../../config/options/table.ts';
import { placeholder } from '../../config/values.ts';

/** The parsed flags: each given one under the name of its row in the table. */
export type Flags = Partial<Record<OptionName, string>> & {
  /** The configuration file. */
  readonly config?: string;
};

/** Adds one flag for each row of the table, and `--config`. */
export function addSettings(command: Command): Command {
  command.option('--config <FILE>', 'configuration file (YAML) with the same settings [HOSTBEAT_CONFIG]');
  for (const [name, option] of Object.entries(OPTIONS) as [OptionName, Option][]) {
    const shown = option.default === undefined || option.default === '' ? '' : `, default ${option.default}`;
    const value = option.type === 'secret' ? 'FILE' : placeholder(option);
    const help =
      option.type === 'secret' ? `${option.help} The flag names a file that holds it.` : option.help;
    const flag = new Flag(`${flagOf(option)} <${value}>`, `${help} [${option.env}${shown}]`);
    flag.attributeName = () => name;
    command.addOption(flag);
  }
  return command;
}
