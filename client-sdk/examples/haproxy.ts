/**
 * Keeps HAProxy from sending requests to servers whose host is failing or failed: a controller built on the informer
 * beside it. The backend's servers must be named as in Nova, and the socket must be of level admin. A name that no
 * server of HAProxy can have is ignored, and never becomes part of a command:
 *
 *   HOSTBEAT_URL=https://hostbeat.example:8774 OS_AUTH_URL=… \
 *   node haproxy.ts --socket /run/haproxy/admin.sock --backend app
 *
 * With --drills a drill counts as if it were true: to rehearse.
 */
import { connect as open } from 'node:net';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { HostStatus } from 'hostbeat-client';
import { keystoneEnvironment, keystoneToken } from 'hostbeat-client/keystone';
import { Informer } from './informer.ts';
import { printable } from './printable.ts';

/** `drain` lets sessions end by themselves; `maint` ends them. */
const STATES: Record<HostStatus, 'ready' | 'drain' | 'maint'> = {
  UP: 'ready',
  UNKNOWN: 'drain',
  MAINTENANCE: 'drain',
  DOWN: 'maint',
  '': 'maint',
};

const { values } = parseArgs({
  options: { socket: { type: 'string' }, backend: { type: 'string' }, drills: { type: 'boolean' } },
});
const { socket, backend } = values;
if (socket === undefined || backend === undefined) {
  throw new Error('usage: haproxy.ts --socket PATH --backend NAME');
}

/** A valid name in HAProxy. Anything else, such as a `;` or a line break, would begin another command. */
const NAME = /^[A-Za-z0-9_.:-]{1,255}$/;
if (!NAME.test(backend)) throw new Error(`--backend: ${printable(backend)} is no name of a backend`);

/** For a removed server the stream gives only its id. */
const names = new Map<string, string>();
const options = {
  url: process.env.HOSTBEAT_URL ?? '',
  token: process.env.OS_TOKEN || keystoneToken(keystoneEnvironment(process.env)),
  drills: values.drills,
  clientName: 'haproxy-informer',
};
const informer = new Informer(options, async (id, server) => {
  if (server !== undefined) names.set(id, server.name);
  const name = names.get(id);
  const status = server === undefined ? 'DOWN' : server.host_status;
  // The policy may hide host_status: then there is nothing to act on.
  if (name === undefined || status === undefined) return;
  if (!NAME.test(name)) return console.error(`${id}: HAProxy can have no server "${printable(name)}"`);
  // A host that was in maintenance when it was fenced is still shown as MAINTENANCE: the fact reveals the fence.
  const state = server?.facts?.forced_down ? 'maint' : (STATES[status] ?? 'drain');
  const answer = await say(socket, `set server ${backend}/${name} state ${state}`);
  // The project may have servers outside this backend.
  if (answer !== '' && !answer.startsWith('No such server'))
    throw new Error(`HAProxy answered: ${printable(answer)}`);
  console.log(`${name}: ${state}`);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void informer.close());
await informer.run();

/** One command of HAProxy's runtime API: it has its own connection, and the answer ends it. */
async function say(path: string, command: string): Promise<string> {
  const connection = open(path).setEncoding('utf8');
  connection.setTimeout(5_000, () => connection.destroy(new Error('HAProxy does not answer')));
  connection.write(`${command}\n`);
  let answer = '';
  for await (const text of connection) answer += text;
  return answer.trim();
}
