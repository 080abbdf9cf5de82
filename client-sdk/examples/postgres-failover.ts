/**
 * Promotes a PostgreSQL standby when the host beneath the primary is down, and ends. It runs beside the standby, under
 * something that starts it again if it fails (systemd: Restart=on-failure):
 *
 *   HOSTBEAT_URL=https://hostbeat.example:8774 OS_AUTH_URL=… \
 *   node postgres-failover.ts --primary SERVER_ID --settle 3 -- pg_ctl promote -D /var/lib/postgresql/17/main
 *
 * Only DOWN promotes: somebody vouches that the primary does not run any more. UNKNOWN is silence, behind which it may
 * well go on writing; with --unknown-after SECONDS it promotes too, for those whose command fences the primary itself.
 *
 * It ends with 0 when the command did, else with the command's code. 75: a primary that is declared down but still heard
 * is not replaced; whoever fences must look. Started again, it looks again.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { connect, failoverWhen, HostStatusMap, type ServerState } from 'hostbeat-client';
import { tokenOf, variable } from './keystone-token.ts';

const TEMPORARY_FAILURE = 75;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    primary: { type: 'string' },
    /** How long DOWN must hold, s: a report interval of the hosts shows a fence that failed. */
    settle: { type: 'string', default: '0' },
    'unknown-after': { type: 'string' },
  },
});
const { primary, settle, 'unknown-after': unknownAfter } = values;
const [command, ...args] = positionals;
if (primary === undefined || command === undefined) {
  throw new Error(
    'usage: postgres-failover.ts --primary SERVER_ID [--settle S] [--unknown-after S] -- COMMAND …',
  );
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const client = connect({
  url: variable(process.env, 'HOSTBEAT_URL'),
  token: tokenOf(),
  servers: [primary],
  // The operator sees that whoever depends on this server knows.
  acknowledge: true,
  clientName: 'postgres-failover',
  signal: stop.signal,
});
const servers = new HostStatusMap(client);
client.on('error', ({ message }) => log(message));
client.on('tracker', (tracker) => log(`hostbeat itself: ${tracker}`));
servers.on('change', ({ after }) =>
  log(after ? `${after.name} is ${after.host_status}` : 'the primary is gone'),
);

try {
  await servers.synced;
  const state = servers.get(primary);
  if (state === undefined) throw new Error(`the project has no server ${primary}`);
  log(`watching ${state.name}, which is ${state.host_status}`);
  process.exitCode = await promote(await lost(primary));
} catch (error) {
  // Told to end: nothing has happened.
  if (!stop.signal.aborted) throw error;
} finally {
  await client.close();
}

/** Resolves when the primary counts as lost. */
function lost(id: string): Promise<ServerState> {
  const { signal } = stop;
  const waits = [failoverWhen(servers, [id], { settleMs: milliseconds(settle), signal })];
  if (unknownAfter !== undefined) {
    const settleMs = milliseconds(unknownAfter);
    waits.push(failoverWhen(servers, [id], { statuses: ['UNKNOWN'], settleMs, signal }));
  }
  return Promise.race(waits);
}

/** @returns the code to end with */
async function promote(server: ServerState): Promise<number> {
  if (server.heard_while_forced_down) {
    log(`${server.name} is declared down, but its host is still heard: not promoted, fence it first`);
    return TEMPORARY_FAILURE;
  }
  log(`${server.name} is ${server.host_status} since ${server.since}: ${positionals.join(' ')}`);
  const child = spawn(command as string, args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      HOSTBEAT_SERVER_ID: server.server_id,
      HOSTBEAT_SERVER_NAME: server.name,
      HOSTBEAT_STATUS: server.host_status,
      HOSTBEAT_SINCE: server.since,
    },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

function milliseconds(seconds: string): number {
  const ms = Number(seconds) * 1_000;
  if (!(ms >= 0)) throw new Error(`"${seconds}" is no number of seconds`);
  return ms;
}

function log(text: string): void {
  console.error(`postgres-failover: ${text}`);
}
