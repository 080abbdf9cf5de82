/**
 * Many idle sockets: memory for each socket after some traffic, and processor time over a while with pings every 25 s
 * and health frames every 5 s. Baselines of the same run: a bare `ws` server with as many sockets that sends nothing,
 * and one that writes as often: the kernel's part is most of what is measured. `--sockets N` for another number than
 * the machine's descriptor limit allows.
 */
import { Report, round as rounded } from './support/report.ts';
import { LOAD_CORE, openSite, pin } from './support/site.ts';
import { bareTarget, cpuSeconds, hostbeatTarget, round, rssBytes, type Target } from './support/target.ts';

const asked = process.argv.indexOf('--sockets');
const SOCKETS = asked < 0 ? 19_000 : Number(process.argv[asked + 1]);
const SECONDS = 30;

async function measure(target: Target, empty: number): Promise<{ kb: number; cpu: number }> {
  for (let n = 0; n < 10; n += 1) await round(target);
  await new Promise((then) => setTimeout(then, 5_000));
  const before = cpuSeconds(target.pid);
  await new Promise((then) => setTimeout(then, SECONDS * 1000));
  return {
    kb: (rssBytes(target.pid) - empty) / SOCKETS / 1024,
    cpu: ((cpuSeconds(target.pid) - before) / SECONDS) * 100,
  };
}

pin(process.pid, LOAD_CORE);
const report = new Report('idle');
const site = await openSite(
  { owners: 19, hosts: 1, serversPerHost: 19 },
  { HOSTBEAT_MAX_CONNECTIONS_PER_PROJECT: '20000' },
);
const empty = rssBytes(site.server.pid);
const ours = await hostbeatTarget(site, SOCKETS);
const hostbeat = await measure(ours, empty);
ours.close();
await site[Symbol.asyncDispose]();

const few = await bareTarget('prepared', 1, 400);
const emptyBare = rssBytes(few.pid);
few.close();
async function measureBare(mode: 'prepared' | 'beating') {
  const theirs = await bareTarget(mode, SOCKETS, 400);
  const measured = await measure(theirs, emptyBare);
  theirs.close();
  return measured;
}
const bare = await measureBare('prepared');
const beating = await measureBare('beating');

report.add(`${SOCKETS} sockets: hostbeat`, '', {
  kb_a_socket: rounded(hostbeat.kb),
  percent_of_a_core: rounded(hostbeat.cpu),
});
report.add(`${SOCKETS} sockets: bare ws, no pings, no health`, '', {
  kb_a_socket: rounded(bare.kb),
  percent_of_a_core: rounded(bare.cpu),
});
report.add(`${SOCKETS} sockets: bare ws that writes as often`, '', {
  kb_a_socket: rounded(beating.kb),
  percent_of_a_core: rounded(beating.cpu),
});
report.add('hostbeat / bare', 'ratio', {
  memory: rounded(hostbeat.kb / bare.kb),
  processor_time_of_as_many_writes: rounded(hostbeat.cpu / beating.cpu),
});
report.finish();
