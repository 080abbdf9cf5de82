/** `hostbeat serve`: reads the settings, runs a server, and obeys the signals that stop it. */
import module from 'node:module';
import process from 'node:process';
import type { Config } from '../../config/config.ts';
import { secretTexts } from '../../config/load.ts';
import type { Running } from '../../main.ts';
import { serviceManager } from '../../runtime/service-manager.ts';
import { createLogger, type RenderLine } from '../../telemetry/logger.ts';
import { SERVER } from '../../version.ts';
import { asSettings } from '../support/errors.ts';
import { loadSettings } from '../support/settings.ts';
import type { Flags } from '../support/settings-flags.ts';
import type { Terminal } from '../support/terminal.ts';
import { handOutPassword } from './first-password.ts';
import { logLine } from './log-lines.ts';

/** @returns after a signal, once everything is closed */
export async function runServe(flags: Flags, terminal: Terminal): Promise<void> {
  const { config, secrets, warnings, secretFiles } = await loadSettings(flags, terminal.env);
  const hidden = [...secretTexts(secrets)];
  const logger = createLogger(config.logLevel, hidden, rendering(config, terminal));
  for (const warning of warnings) logger.warn(warning);
  const hide = (secret: string) => void (hidden.includes(secret) || hidden.push(secret));
  const secretSource = {
    files: secretFiles,
    read: async () => (await loadSettings(flags, terminal.env)).secrets,
  };
  const manager = serviceManager(process.env, (line) => logger.warn(line));
  let running: Running | undefined;
  // Before the server opens anything: without a handler the signal would end a server that is starting.
  const reload = () => {
    if (running === undefined) return;
    const { url } = running;
    manager.reloading();
    running.reload().finally(() => manager.ready(`listens on ${url}`));
  };
  process.on('SIGHUP', reload);
  const { checkEarly } = await import('../../../db/early-check.ts');
  checkEarly(config.databaseUrl);
  const { serve } = await import('../../main.ts');
  const server = await asSettings(() => serve(config, secrets, { logger, secretSource, hide }));
  running = server;
  // Written now: Node would write it when the process exits, and a server that is killed would never start faster.
  module.flushCompileCache?.();
  const ended = endBySignal(async () => {
    manager.stopping();
    await server.close();
  });
  manager.ready(`listens on ${server.url}`);
  terminal.out(
    `hostbeat ${SERVER.version} listens on ${server.url} (dashboard ${server.url}/dashboard, docs ${server.url}/docs)\n`,
  );
  if (server.generatedPassword !== undefined)
    handOutPassword(server.generatedPassword, config.databaseUrl, terminal);
  try {
    await ended;
  } finally {
    process.off('SIGHUP', reload);
  }
}

/** Undefined for JSON. Standard error decides, since the log goes there. */
function rendering(
  { logFormat, logLevel }: Pick<Config, 'logFormat' | 'logLevel'>,
  { env }: Terminal,
): RenderLine | undefined {
  const onTerminal = process.stderr.isTTY === true;
  if (logFormat === 'json' || (logFormat === 'auto' && !onTerminal)) return undefined;
  const colours = onTerminal && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  const look = { colours, stacks: logLevel === 'debug' || logLevel === 'trace' };
  return (line) => logLine(line, look);
}

/** The first SIGTERM or SIGINT starts an orderly stop; a second one ends the process at once. */
function endBySignal(close: () => Promise<void>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const signals = { SIGTERM: 15, SIGINT: 2 } as const;
  let ending = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (ending) process.exit(128 + signals[signal as keyof typeof signals]);
    ending = true;
    close().then(resolve, reject);
  };
  for (const signal of Object.keys(signals)) process.on(signal, onSignal);
  return promise;
}
