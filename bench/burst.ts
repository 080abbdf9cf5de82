/**
 * Twenty changes at once to 10 000 sockets of one owner: twenty hosts are forced down by requests sent together.
 * Measures the rate at which changes reach sockets. hostbeat joins the commits of one turn into one frame, which is
 * part of what is measured; the number of frames is reported too. Baselines of the same run, passes in turn: bare `ws`
 * servers that in one turn write twenty ready frames to each socket (`ready`), write them joined by hand in one piece
 * (`joined`), or hand twenty texts to `ws` (`plain`).
 */
import { median, Report, round as rounded } from './support/report.ts';
import { LOAD_CORE, now, openSite, pin } from './support/site.ts';
import { bareTarget, forceDown, hostbeatTarget, round, type Target } from './support/target.ts';

const SOCKETS = 10_000;
const CHANGES = 20;
const PASSES = 3;
const ROUNDS = 4;

pin(process.pid, LOAD_CORE);
const report = new Report('burst');
const site = await openSite(
  { owners: 1, hosts: CHANGES, serversPerHost: 1 },
  { HOSTBEAT_MAX_CONNECTIONS_PER_PROJECT: '20000' },
);
const ours = await hostbeatTarget(site, SOCKETS);
let down = false;
let frames = 0;
let bytesOfChange = 0;

/** @returns milliseconds to the last receipt of the last frame */
async function burst(): Promise<number> {
  down = !down;
  await ours.generator.clear();
  const start = now();
  await Promise.all(site.services.map(({ uuid }) => forceDown(site, uuid, down)));
  const { arrivals, bytes } = await ours.generator.settle(500);
  bytesOfChange = Math.round(bytes / (SOCKETS * CHANGES));
  frames = Math.max(frames, arrivals.length / SOCKETS);
  return arrivals.reduce((a, b) => Math.max(a, b), 0) - start;
}

await burst();
const bare: Record<string, Target> = {
  ready: await bareTarget('prepared', SOCKETS, bytesOfChange, CHANGES),
  joined: await bareTarget('joined', SOCKETS, bytesOfChange, CHANGES),
  plain: await bareTarget('plain', SOCKETS, bytesOfChange, CHANGES),
};
const millions = (ms: number) => (SOCKETS * CHANGES) / ms / 1_000;
const rates: Record<string, number[]> = { hostbeat: [], ready: [], joined: [], plain: [] };
for (let n = 0; n < PASSES; n += 1) {
  for (let turn = 0; turn < ROUNDS; turn += 1) rates.hostbeat?.push(millions(await burst()));
  for (const [name, target] of Object.entries(bare)) {
    for (let turn = 0; turn < ROUNDS; turn += 1)
      rates[name]?.push(millions((await round(target, CHANGES)).last));
  }
}
for (const [name, values] of Object.entries(rates)) {
  report.add(`${name}: changes delivered`, 'million/s', {
    median: median(values),
    best: rounded(Math.max(...values)),
  });
}
report.add('hostbeat: frames for the twenty changes', '', { most: frames });
const best = Math.max(...Object.keys(bare).map((name) => median(rates[name] ?? [])));
report.add('hostbeat / the best baseline', 'ratio', { ratio: rounded(median(rates.hostbeat ?? []) / best) });
for (const target of [ours, ...Object.values(bare)]) target.close();
await site[Symbol.asyncDispose]();
report.finish();
