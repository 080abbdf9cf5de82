/** The settings of serve, from flags, variables and a configuration file, in this order. */
import { readFileSync } from 'node:fs';
import { ConfigError, type Loaded, loadConfig } from '../../config/load.ts';
import type { Flags } from './settings-flags.ts';
import type { Terminal } from './terminal.ts';

/** The variable that names the file if no flag does. */
const VARIABLE = 'HOSTBEAT_CONFIG';

/** @throws ConfigError */
export async function loadSettings({ config, ...flags }: Flags, env: Terminal['env']): Promise<Loaded> {
  const path = config ?? (env[VARIABLE] || undefined);
  if (path === undefined) return loadConfig({ env, flags });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const by = config === undefined ? VARIABLE : '--config';
    throw new ConfigError([
      `${by}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code}); name a file that can, or write one with "hostbeat init".`,
    ]);
  }
  const { readConfigFile } = await import('../../config/files/config-file.ts');
  return loadConfig({ env, flags, file: readConfigFile(text, path) });
}
