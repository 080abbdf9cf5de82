/** The value of one setting, of the type that the table of settings gives it. */
import type { FoundSetting } from './find-setting.ts';
import type { OPTIONS, Option, OptionName, OptionType } from './options/table.ts';
import { BadValue, parseBaseUrl, parseListen, parseValue } from './values.ts';

type ValueOf<T extends OptionType> = T extends 'seconds' | 'integer' | 'bytes'
  ? number
  : T extends 'boolean'
    ? boolean
    : T extends 'list'
      ? readonly string[]
      : T extends readonly string[]
        ? T[number]
        : string;

/** All settings, parsed; those without a default may be absent. */
export type Values = {
  readonly [N in OptionName]: (typeof OPTIONS)[N] extends { readonly default: string }
    ? ValueOf<(typeof OPTIONS)[N]['type']>
    : ValueOf<(typeof OPTIONS)[N]['type']> | undefined;
};

const BASE_URLS = new Set<OptionName>(['publicUrl', 'keystoneUrl', 'keystonePublicUrl']);

/** @throws BadValue with the place of the setting in its message */
export function parseSetting(name: OptionName, option: Option, given: FoundSetting): unknown {
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
