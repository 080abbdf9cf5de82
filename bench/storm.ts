/**
 * kill -9 and restart with 10 000 clients that resume with the jitter that the protocol requires: time from the open
 * port until the last one is synced, whether one missed an event or was reset, and how long a force-down in the middle
 * takes to sockets that are already synced. Baseline of the same run: the clients' own jitter, which alone takes up to
 * two seconds.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Resumed } from './support/load/resumers.ts';
import { Report, round as rounded, spread } from './support/report.ts';
import { LOAD_CORE, now, openSite, pin } from './support/site.ts';
import { forceDown } from './support/target.ts';

const OWNERS = 10;
const CLIENTS = 10_000;
const PATIENCE_MS = 60_000;

pin(process.pid, LOAD_CORE);
const report = new Report('storm');
const site = await openSite(
  { owners: OWNERS, hosts: 2, serversPerHost: OWNERS },
  {
    HOSTBEAT_MAX_CONNECTIONS_PER_PROJECT: '20000',
    HOSTBEAT_LISTEN: `127.0.0.1:${21_000 + (process.pid % 8_000)}`,
  },
);
const { hostname, port } = new URL(site.server.url);
const child = fork(join(import.meta.dirname, 'support/load/resumers.ts'), [
  hostname,
  port,
  site.owners.join(','),
  String(CLIENTS / OWNERS),
]);
pin(child.pid ?? 0, LOAD_CORE);

async function look(): Promise<Resumed> {
  const answer = once(child, 'message');
  child.send('look');
  return (await answer)[0] as Resumed;
}

async function until(ready: (seen: Resumed) => boolean): Promise<Resumed> {
  for (const end = now() + PATIENCE_MS; now() < end; await new Promise((then) => setTimeout(then, 100))) {
    const seen = await look();
    if (ready(seen)) return seen;
  }
  throw new Error(
    `not within ${PATIENCE_MS} ms: ${JSON.stringify({ ...(await look()), arrivals: undefined })}`,
  );
}

const [first, second] = site.services;
await until(({ synced }) => synced === CLIENTS);
for (const down of [true, false]) await forceDown(site, first?.uuid ?? '', down);
await new Promise((then) => setTimeout(then, 1_000));
// The stream has earlier items: the servers were added before.
const { most: head } = await until(({ least, most }) => least > 0 && least === most);

await site.restart();
const open = now();
await forceDown(site, first?.uuid ?? '', true);
await until(({ synced }) => synced > CLIENTS / 4);
await look();
const fired = now();
await forceDown(site, second?.uuid ?? '', true);
const during = (await until(({ arrivals }) => arrivals.length > 0)).arrivals.map((at) => at - fired);
const seen = await until(({ synced, least }) => synced === CLIENTS && least === head + 2);

report.add(`${CLIENTS} clients: all synced after the port was open`, 's', {
  seconds: rounded((seen.lastSynced - open) / 1_000),
});
report.add('a force-down during it, to sockets that were synced', 'ms', spread(during));
report.add('events missed, clients reset', '', {
  holes: seen.holes,
  resets: seen.resets,
  least: seen.least,
  most: seen.most,
});
report.add("baseline: the clients' own jitter", 's', { seconds: 2 });
child.disconnect();
await site[Symbol.asyncDispose]();
report.finish();
