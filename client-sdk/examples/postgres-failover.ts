/**
 * Promotes a PostgreSQL standby when the host of the primary is down, and ends. It runs beside the standby, under a
 * supervisor that restarts it if it fails (systemd: Restart=on-failure):
 *
 *   HOSTBEAT_URL=https://hostbeat.example:8774 OS_AUTH_URL=… \
 *   node postgres-failover.ts --primary SERVER_ID --settle 3 -- pg_ctl promote -D /var/lib/postgresql/17/main
 *
 * Only DOWN promotes: an authorised operator or agent asserts that the primary does not run any more. UNKNOWN is
 * silence: the primary may still be writing. With --unknown-after SECONDS it promotes then too, for commands that fence
 * the primary themselves. A primary that is declared down but whose host still reports is not replaced: it waits until
 * the fence holds, and says so.
 *
 * With --drills a drill counts as if it were true (`hostbeat drill start SERVER_ID`): for rehearsals, beside a standby
 * that may be promoted. The command finds the drill's id in HOSTBEAT_DRILL.
 *
 * It ends with 0 when the command did, else with the command's code.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { connect, failoverWhen, HostStatusMap, isFenceBroken, type ServerState } from 'hostbeat-client';
import { keystoneEnvironment, keystoneToken } from 'hostbeat-client/keystone';
import { printable } from './printable.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    primary: { type: 'string' },
    /** How long DOWN must last, s. */
    settle: { type: 'string', default: '0' },
    'unknown-after': { type: 'string' },
    drills: { type: 'boolean', default: false },
  },
});
const { primary, settle, 'unknown-after': unknownAfter } = values;
const [command, ...args] = positionals;
if (primary === undefined || command === undefined) {
  throw new Error(
    'usage: postgres-failover.ts --primary SERVER_ID [--settle S] [--unknown-after S] [--drills] -- COMMAND …',
  );
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const client = connect({
  url: process.env.HOSTBEAT_URL ?? '',
  token: process.env.OS_TOKEN || keystoneToken(keystoneEnvironment(process.env)),
  servers: [primary],
  drills: values.drills,
  // Shows the operator that the application depending on this server has noticed.
  acknowledge: true,
  clientName: 'postgres-failover',
  signal: stop.signal,
});
const servers = new HostStatusMap(client);
client.on('error', ({ message }) => log(message));
client.on('tracker', (tracker) => log(`hostbeat itself: ${tracker}`));
servers.on('change', ({ after }) => {
  if (after === undefined) log('the primary is gone');
  else if (isFenceBroken(after)) log(`${after.name} is declared down, but its host is still heard: fence it`);
  else log(`${after.name} is ${after.host_status}${after.drill ? ', in a drill' : ''}`);
});

try {
  await servers.synced;
  const state = servers.get(primary);
  if (state === undefined) throw new Error(`the project has no server ${primary}`);
  log(`watching ${state.name}, which is ${state.host_status}`);
  process.exitCode = await promote(await lost(primary));
} catch (error) {
  // Stopped from outside: there was no failover.
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

/** @returns the exit code */
async function promote(server: ServerState): Promise<number> {
  log(`${server.name} is ${server.host_status} since ${server.since}: ${positionals.join(' ')}`);
  const child = spawn(command as string, args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      HOSTBEAT_SERVER_ID: server.server_id,
      // A name may contain characters that a variable cannot.
      HOSTBEAT_SERVER_NAME: printable(server.name),
      HOSTBEAT_STATUS: server.host_status,
      HOSTBEAT_SINCE: server.since,
      HOSTBEAT_DRILL: server.drill?.id,
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
  console.error(`postgres-failover: ${printable(text)}`);
}
