/**
 * How long a single request stalls the event loop, with 300 000 servers stored. For each kind of request of each role:
 * the longest turn of the loop in processor time, the longest answer to a request that costs nothing, sent by another
 * client all the while, and the time of a push to a bystander's socket. The baseline is the same without any request.
 * Arguments after the name choose the requests whose name contains one of them.
 */
import { Agent, request } from 'node:http';
import { login, type Session } from '../tests/support/http.ts';
import { startServer } from '../tests/support/process.ts';
import { openLarge } from './support/large-site.ts';
import { Bystander } from './support/load/bystander.ts';
import { ASKED, type Asked } from './support/load/stall-requests.ts';
import { measureTurns } from './support/loop-turns.ts';
import { Report, round, spread } from './support/report.ts';
import { LOAD_CORE, pin, SERVER_CORE } from './support/site.ts';
import { untilIdle } from './support/target.ts';

const ROUNDS = 3;
const REST_MS = 100;
const BOUND_MS = 25;
/** For the compute API it goes into a header. */
const VERSION = /(?<=^\/v2.*)\?microversion=([\d.]+)/;

const words = process.argv
  .slice(2)
  .filter((word, n, all) => !word.startsWith('--') && all[n - 1] !== '--site');
pin(process.pid, LOAD_CORE);
const report = new Report('stall');
const site = await openLarge();
const turns = `${site.file}.turns`;
const server = await startServer({
  ...site.settings,
  HOSTBEAT_BENCH_TURNS: turns,
  NODE_OPTIONS: `--import=${new URL('./support/loop-turns.ts', import.meta.url).href}`,
});
pin(server.pid, SERVER_CORE);
const sessions: Record<Asked['who'], Session | undefined> = {
  administrator: await login(server.url, 'admin', 'bench', 'admin'),
  'owner of 200 000': await login(server.url, 'largest', 'pw', 'largest'),
  'owner of 100': await login(server.url, 'small', 'pw', 'small'),
  nobody: undefined,
};
const bystander = await Bystander.open(server.url);
await untilIdle(server.pid);

const agent = new Agent({ keepAlive: true });

function ask({ who, path, body, until }: Omit<Asked, 'what'>): Promise<{ status: number; ms: number }> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const sent = request(
      `${server.url}${path.replace(VERSION, '')}`,
      { agent, method, headers: headersOf(who, path) },
      (answer) => {
        let end = '';
        answer.setEncoding('latin1').on('data', (some: string) => {
          if (until === undefined) return;
          end = end.slice(-until.length) + some;
          if (end.includes(until)) answer.destroy();
        });
        answer.on('error', () => undefined);
        answer.on('close', () => resolve({ status: answer.statusCode ?? 0, ms: performance.now() - start }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function headersOf(who: Asked['who'], path: string): Record<string, string> {
  const { token } = sessions[who] ?? {};
  const version = VERSION.exec(path)?.[1] ?? '2.95';
  return {
    ...(token === undefined ? {} : { 'x-auth-token': token }),
    ...(path.startsWith('/v2.1') ? { 'openstack-api-version': `compute ${version}` } : {}),
    ...(path === '/v1/instances' ? { accept: 'application/json' } : {}),
  };
}

/** Sends a request that costs nothing, one after the other, until `over`. */
async function watch(over: Promise<unknown>): Promise<number[]> {
  let isOver = false;
  void over.then(() => {
    isOver = true;
  });
  const late: number[] = [];
  while (!isOver) late.push((await ask({ who: 'nobody', path: '/healthz' })).ms);
  return late;
}

const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const measured = await measureTurns(turns);
const quiet = await watch(rest(3_000));
const pushes: number[] = [];
for (let n = 0; n < 20; n++) pushes.push(await bystander.push());
report.add('without a request', 'ms', {
  'longest turn': round(await measured()),
  'longest answer': spread(quiet).max,
  push: spread(pushes).p50,
  'push p99': spread(pushes).p99,
});
const worst: number[] = [];
for (const asked of ASKED) {
  const what = `${asked.who}: ${asked.what}`;
  if (words.length > 0 && !words.some((word) => what.includes(word))) continue;
  const late: number[] = [];
  const took: number[] = [];
  const longest: number[] = [];
  let status = 0;
  for (let n = 0; n < ROUNDS; n++) {
    const over = await measureTurns(turns);
    const answered = ask(asked);
    late.push(Math.max(...(await watch(answered))));
    took.push((await answered).ms);
    longest.push(await over());
    ({ status } = await answered);
    await rest(REST_MS);
  }
  const busy = ask(asked);
  const push = await bystander.push();
  await busy;
  worst.push(Math.max(...longest));
  report.add(what, 'ms', {
    status,
    'longest turn': round(Math.max(...longest)),
    'longest answer': round(Math.max(...late)),
    answered: spread(took).p50,
    push: round(push),
  });
}
const longest = Math.max(...worst);
report.add('of all', 'ms', { 'longest turn': round(longest), bound: BOUND_MS });
bystander.close();
agent.destroy();
await server.stop();
await site[Symbol.asyncDispose]();
report.finish();
if (longest > BOUND_MS) process.exitCode = 1;
