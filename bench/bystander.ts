/**
 * What bystanders notice of an attack: an owner's push, a host's report and the questions /healthz and /readyz, one after the
 * other, quiet and under each attack in turn. The ratio is that of the 99th percentiles, to that of all quiet moments
 * of the run: one of them is too short to say what is usual. The goal is 2. Words after the name choose the attacks
 * whose name contains one of them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { login } from '../tests/support/http.ts';
import { startServer } from '../tests/support/process.ts';
import { openLarge } from './support/large-site.ts';
import { NAMES } from './support/load/attacks.ts';
import { Bystander } from './support/load/bystander.ts';
import { Report, round, spread } from './support/report.ts';
import { LOAD_CORE, pin, SERVER_CORE } from './support/site.ts';
import { rssBytes, untilIdle } from './support/target.ts';

const WATCHED_MS = 8_000;
/** Time until an attack has begun, and until its traces are gone. */
const SETTLE_MS = 3_000;
const PAUSE_MS = 20;

const words = process.argv
  .slice(2)
  .filter((word, n, all) => !word.startsWith('--') && all[n - 1] !== '--site');
pin(process.pid, LOAD_CORE);
const report = new Report('bystander');
const site = await openLarge();
/** Where test deliveries go: it takes connections and never answers. */
const silent = createServer((socket) => void socket.on('error', () => undefined).resume());
await once(silent.listen(0, '127.0.0.1'), 'listening');
const server = await startServer({ ...site.settings, HOSTBEAT_WEBHOOK_NETWORKS: '127.0.0.0/8' });
pin(server.pid, SERVER_CORE);
const admin = await login(server.url, 'admin', 'bench', 'admin');
const attacker = await login(server.url, 'largest', 'pw', 'largest');
const own = { 'x-subject-token': attacker.token };
const { json } = await attacker.request('GET', '/identity/v3/auth/tokens', undefined, own);
const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
const made = await attacker.request('POST', '/v1/webhooks', { url });
if (made.status !== 201) throw new Error(`webhook: ${made.status}`);
const bystander = await Bystander.open(server.url);
await untilIdle(server.pid);

const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const WHATS = ['push', 'report', 'question', 'readiness'] as const;
type Seen = Readonly<Record<(typeof WHATS)[number], number[]>>;

async function watch(): Promise<Seen> {
  const asked = (path: string) => timed(async () => (await fetch(`${server.url}${path}`)).text());
  const seen: Seen = { push: [], report: [], question: [], readiness: [] };
  const end = performance.now() + WATCHED_MS;
  const reports = { reports: [{ host: 'host-1' }] };
  while (performance.now() < end) {
    seen.push.push(await bystander.push());
    seen.report.push(await timed(() => admin.request('POST', '/v1/reports', reports)));
    seen.question.push(await asked('/healthz'));
    seen.readiness.push(await asked('/readyz'));
    await rest(PAUSE_MS);
  }
  return seen;
}

const watched: {
  readonly name: string;
  readonly quiet: Seen;
  readonly attacked: Seen;
  readonly memory: number;
}[] = [];
for (const name of NAMES.filter((one) => words.length === 0 || words.some((word) => one.includes(word)))) {
  const quiet = await watch();
  const script = join(import.meta.dirname, 'support/load/attacks.ts');
  const args = ['-n', '10', process.execPath, '--import', 'tsx', script, name, server.url];
  const attack = spawn('nice', [...args, attacker.token, json.token.user.id, made.json.id], {
    // It ends with this process, however that ends: its input does.
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  pin(attack.pid ?? 0, LOAD_CORE);
  await rest(SETTLE_MS);
  const attacked = await watch();
  const memory = rssBytes(server.pid);
  attack.kill('SIGKILL');
  watched.push({ name, quiet, attacked, memory });
  await rest(SETTLE_MS);
  await untilIdle(server.pid);
}
bystander.close();
await server.stop();
silent.close();
await site[Symbol.asyncDispose]();
for (const what of WHATS) {
  const usual = spread(watched.flatMap(({ quiet }) => quiet[what]));
  for (const { name, quiet, attacked, memory } of watched) {
    const during = spread(attacked[what]);
    report.add(`${name}: ${what}`, 'ms', {
      'quiet p99': usual.p99,
      'just before': spread(quiet[what]).p99,
      p50: during.p50,
      p99: during.p99,
      'times the quiet p99': round(during.p99 / usual.p99),
      samples: during.count,
      ...(what === 'push' ? { 'memory MB': Math.round(memory / 1e6) } : {}),
    });
  }
}
report.finish();
