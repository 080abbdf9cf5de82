/** Runs hostbeat inside another program: the package's public module. */
import { loadConfig, secretTexts } from './config/load.ts';
import { serve } from './main.ts';
import { createLogger } from './telemetry/logger.ts';
import { SERVER } from './version.ts';

/** Settings by their environment names, as `hostbeat config doc` lists them: `{ HOSTBEAT_LISTEN: '127.0.0.1:0' }`. */
export type Settings = Readonly<Record<`HOSTBEAT_${string}`, string>>;

export interface EmbeddedServer {
  /** The URL it listens on, with the actual port. */
  readonly url: string;
  /** The first administrator's password, if the database was new and none was set. Stored nowhere else. */
  readonly generatedPassword?: string;
  /** @throws Error if the policy file cannot be used; the policy in force stays */
  reloadPolicy(): Promise<void>;
  /** Reads policy, certificate, authorities and secrets again, as `hostbeat serve` does on SIGHUP. Never throws. */
  reload(): Promise<void>;
  /** Drains every connection, writes what is pending and closes the database. */
  close(): Promise<void>;
}

export const version: string = SERVER.version;

/**
 * Starts a server in this process. It does not read the process's environment. @throws Error naming every invalid
 * setting, or the problem with the database or the address; nothing stays open
 */
export async function startServer(settings: Settings = {}): Promise<EmbeddedServer> {
  const { config, secrets, warnings, secretFiles } = loadConfig({ env: settings });
  const hidden = [...secretTexts(secrets)];
  const logger = createLogger(config.logLevel, hidden);
  for (const warning of warnings) logger.warn(warning);
  return serve(config, secrets, {
    logger,
    secretSource: { files: secretFiles, read: async () => loadConfig({ env: settings }).secrets },
    hide: (secret) => void (hidden.includes(secret) || hidden.push(secret)),
  });
}
