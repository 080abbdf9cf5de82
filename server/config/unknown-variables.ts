/** Warns of variables that look like settings of hostbeat but are not settings. */
import { nearest } from './nearest.ts';
import { secretFileVariable } from './options/option.ts';
import { CLIENT_VARIABLES, OPTIONS } from './options/table.ts';

/**
 * An unknown HOSTBEAT_ variable is most likely misspelt; without a warning the operator would not notice that the
 * default stays in force.
 */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set<string>(Object.keys(CLIENT_VARIABLES));
  for (const option of Object.values(OPTIONS)) {
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
