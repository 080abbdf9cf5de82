/**
 * One event to 1 000 and to 10 000 sockets of one owner: the last receipt, and the server's processor time for a
 * million deliveries. Baselines of the same run, passes in turn: a bare `ws` server with a ready frame, and plain `ws`.
 * Neither side sends pings or health frames. The same to one socket shows the cost of a commit alone, with its disk
 * flush, which no baseline has.
 */
import { median, Report, round as rounded, spread } from './support/report.ts';
import { LOAD_CORE, openSite, pin } from './support/site.ts';
import { bareTarget, cpuSeconds, hostbeatTarget, round, type Target } from './support/target.ts';

const PASSES = 3;
const ROUNDS = 30;
/** As in `push`: the runtime compiles much of the path only after a while. */
const WARM_UP = 50;

pin(process.pid, LOAD_CORE);
const report = new Report('fanout');
for (const sockets of [1, 1_000, 10_000]) {
  const site = await openSite(
    { owners: 1, hosts: 1, serversPerHost: 10 },
    {
      HOSTBEAT_MAX_CONNECTIONS_PER_PROJECT: '20000',
      // `idle` measures these: they write to ten thousand sockets two thousand times a second.
      HOSTBEAT_HEALTH_INTERVAL: '600',
      HOSTBEAT_PING_INTERVAL: '600',
    },
  );
  const ours = await hostbeatTarget(site, sockets);
  const { bytes } = await round(ours);
  const sides: Record<string, Target> = {
    hostbeat: ours,
    'bare, ready frame': await bareTarget('prepared', sockets, bytes),
    'plain ws': await bareTarget('plain', sockets, bytes),
  };
  const last = Object.fromEntries(Object.keys(sides).map((name) => [name, [] as number[]]));
  const cpu = Object.fromEntries(Object.keys(sides).map((name) => [name, [] as number[]]));
  for (const target of Object.values(sides)) for (let n = 0; n < WARM_UP; n += 1) await round(target);
  for (let n = 0; n < PASSES; n += 1) {
    for (const [name, target] of Object.entries(sides)) {
      const before = cpuSeconds(target.pid);
      for (let turn = 0; turn < ROUNDS; turn += 1) last[name]?.push((await round(target)).last);
      cpu[name]?.push(((cpuSeconds(target.pid) - before) / (ROUNDS * sockets)) * 1e6);
    }
  }
  for (const name of Object.keys(sides)) {
    report.add(`${sockets} sockets: ${name}, last receipt`, 'ms', spread(last[name] ?? []));
    report.add(`${sockets} sockets: ${name}, processor time`, 's per million', {
      median: median(cpu[name] ?? []),
    });
  }
  const against = 'bare, ready frame';
  report.add(`${sockets} sockets: hostbeat / bare, ready frame`, 'ratio', {
    last_receipt: rounded(median(last.hostbeat ?? []) / median(last[against] ?? [])),
    processor_time: rounded(median(cpu.hostbeat ?? []) / median(cpu[against] ?? [])),
  });
  for (const target of Object.values(sides)) target.close();
  await site[Symbol.asyncDispose]();
}
report.finish();
