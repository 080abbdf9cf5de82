/**
 * How late a silence reaches its followers: 100 000 services report, 1 000 of them, spread over all batches, stop.
 * Lateness runs from the last report (when its batch was sent) plus service_down_time to the arrival of the event on an
 * operator's socket in this process: wheel, second look, commit and delivery together. Also counted: services that were
 * reported silent although they reported. Baseline of the same run: a timer of this process set to the same deadlines.
 * Then a million idle services: the cost of a million deadlines that move every ten seconds, without the network.
 */
import { connect } from 'node:net';
import { FrameReader, pongFrame, textFrame, upgradeRequest } from './support/load/frames.ts';
import { Report, round, spread } from './support/report.ts';
import { LOAD_CORE, now, openSite, pin, type Site } from './support/site.ts';
import { standing } from './support/standing.ts';

const SERVICES = 100_000;
const BATCH = 1_000;
const SILENT_PER_BATCH = 10;
const DOWN_TIME = 8_000;
const EVERY = 3_000;
const AT_REST = 1_000_000;
const AT_REST_SECONDS = 30;

/** Follows the operators' stream; calls back with each host that fell silent. */
async function follow(site: Site, silent: (host: string, at: number) => void): Promise<() => void> {
  const url = new URL(site.server.url);
  const socket = connect(Number(url.port), url.hostname);
  socket.write(upgradeRequest(url.host, '/v1/stream', 'hostbeat.v1', site.admin.token));
  await new Promise<void>((ready) => {
    let upgraded = false;
    const reader = new FrameReader({
      text: (payload) => {
        const at = now();
        const frame = JSON.parse(payload.toString());
        if (frame.type === 'synced') ready();
        if (frame.type !== 'event') return;
        for (const item of frame.items) if (item.to === 'UNKNOWN') silent(item.host, at);
      },
      ping: (payload) => socket.write(pongFrame(payload)),
      close: (code) => console.error(`the operator's socket was closed with ${code}`),
    });
    socket.on('data', (chunk: Buffer) => {
      if (upgraded) return reader.push(chunk);
      upgraded = true;
      socket.write(textFrame('{"type":"subscribe","id":"1","stream":"hosts"}'));
      const end = chunk.indexOf('\r\n\r\n') + 4;
      if (end < chunk.length) reader.push(chunk.subarray(end));
    });
  });
  return () => socket.destroy();
}

async function report(site: Site, hosts: readonly string[]): Promise<number> {
  const sent = now();
  const reports = hosts.map((host) => ({ host, binary: 'nova-compute' }));
  const answer = await site.admin.request('POST', '/v1/reports', { reports });
  if (answer.json?.accepted !== hosts.length)
    throw new Error(`reports: ${answer.status} ${JSON.stringify(answer.json).slice(0, 200)}`);
  return sent;
}

const pause = (ms: number) => new Promise((then) => setTimeout(then, ms));

async function main(): Promise<void> {
  pin(process.pid, LOAD_CORE);
  const figures = new Report('deadline');
  const site = await openSite(
    { owners: 1, hosts: SERVICES, serversPerHost: 0 },
    { HOSTBEAT_SERVICE_DOWN_TIME: String(DOWN_TIME / 1000), HOSTBEAT_REPORT_INTERVAL: String(EVERY / 1000) },
  );
  const received = new Map<string, number>();
  const stop = await follow(site, (host, at) => received.set(host, at));
  const hosts = site.services.map(({ host }) => host);
  const batches = Array.from({ length: SERVICES / BATCH }, (_, n) => hosts.slice(n * BATCH, (n + 1) * BATCH));
  const due = new Map<string, number>();
  const timers: number[] = [];
  const end = now() + DOWN_TIME + 4 * EVERY;
  for (let turn = 0; now() < end; turn += 1) {
    const start = now();
    for (const batch of batches) {
      const sent = await report(site, turn === 0 ? batch : batch.slice(SILENT_PER_BATCH));
      if (turn > 0) continue;
      for (const host of batch.slice(0, SILENT_PER_BATCH)) due.set(host, sent + DOWN_TIME);
      setTimeout(() => timers.push(now() - sent - DOWN_TIME), sent + DOWN_TIME - now());
    }
    await pause(Math.max(0, start + EVERY - now()));
  }
  const late = [...due]
    .filter(([host]) => received.has(host))
    .map(([host, deadline]) => (received.get(host) ?? 0) - deadline);
  const falsely = [...received.keys()].filter((host) => !due.has(host)).length;
  figures.add(
    `${SERVICES} services, ${due.size} fall silent: lateness on the operator's socket`,
    'ms',
    spread(late),
  );
  figures.add('reported too early', '', { count: late.filter((ms) => ms < 0).length });
  figures.add('silent and never reported', '', { count: due.size - late.length });
  figures.add('reported silent although alive', '', { count: falsely });
  figures.add('baseline: lateness of bare timers in this process', 'ms', spread(timers));
  figures.add('hostbeat - bare timers at p99', 'ms', {
    difference: round(spread(late).p99 - spread(timers).p99),
  });
  stop();
  await site[Symbol.asyncDispose]();
  const rest = await standing(AT_REST, 'reports', AT_REST_SECONDS);
  figures.add(`${AT_REST} services at rest, each reports every 10 s, network excluded`, '', {
    'cpu % of a core': round(rest.cpuPercent),
    'memory MB': Math.round(rest.rssMb),
    'reports/s': Math.round(rest.reportsPerSecond),
  });
  figures.finish();
}

await main();
