/** The flags of commands that can act on the database file, and their help texts. */
import type { Command } from 'commander';
import { flagOf } from '../../config/options/option.ts';
import { OPTIONS } from '../../config/options/table.ts';

export const OFFLINE_HELP = `
Acts on a running server. With --offline it acts on the database file instead, while no server runs on it.`;

/** For commands that always act on a file. */
export function addDatabase(command: Command, when = 'the database'): Command {
  const { env, default: fallback } = OPTIONS.databaseUrl;
  return command.option(`${flagOf(OPTIONS.databaseUrl)} <URL>`, `${when} [${env}, default ${fallback}]`);
}

/** For commands that act on a server, and with --offline on the file. */
export function addOffline(command: Command): Command {
  return addDatabase(
    command.option('--offline', 'act on the database file, while no server runs on it'),
    'the database, with --offline',
  );
}
