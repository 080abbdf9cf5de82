/** What operators read is what exists: metrics, alerts, panels and exit codes against docs/operations.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXIT } from '../../server/cli/support/exit-codes.ts';
import { loadConfig } from '../../server/config/load.ts';
import { serve } from '../../server/main.ts';
import { measureNodes } from '../../server/nodes/metrics.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { createMetrics } from '../../server/telemetry/metrics.ts';
import { makeCertificate } from '../support/certificate.ts';
import { temporaryFolder } from '../support/process.ts';

const test = suite('operations document');

const document = readFileSync('docs/operations.md', 'utf8');
const alerts = readFileSync('docs/deploy/monitoring/alerts.yml', 'utf8');
const dashboard = readFileSync('docs/deploy/monitoring/dashboard.json', 'utf8');

/** First cells of all rows of its tables. */
const rows = [...document.matchAll(/^\| (.+?) \| .* \|$/gm)].map(([, cell = '']) => cell);
const named = (pattern: RegExp) =>
  rows
    .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
    .filter((name) => pattern.test(name));

/** With a certificate where openssl is there to make one: some metrics are its. */
async function metricsOfARunningServer(): Promise<string[]> {
  await using folder = await temporaryFolder();
  const pair = makeCertificate();
  const file = (name: string, text: string) => {
    writeFileSync(join(folder.path, name), text);
    return join(folder.path, name);
  };
  const { config, secrets } = loadConfig({
    env: {
      HOSTBEAT_LISTEN: '127.0.0.1:0',
      HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
      HOSTBEAT_ADMIN_PASSWORD: 'pw',
      ...(pair && { HOSTBEAT_TLS_CERT: file('cert', pair.cert), HOSTBEAT_TLS_KEY: file('key', pair.key) }),
    },
  });
  const server = await serve(config, secrets, { logger: noLogger });
  const text = await textOf(`${server.url}/metrics`);
  await server.close();
  const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);
  return pair === undefined ? [...names, ...named(/^hostbeat_tls_/)] : names;
}

/** Those that a process has only where several may share the database. */
function metricsOfNodes(): string[] {
  const metrics = createMetrics();
  const before = new Set(metrics.registry.getMetricsAsArray().map(({ name }) => name));
  measureNodes(metrics, { counts: { onAsked: () => undefined } } as never);
  const names = metrics.registry.getMetricsAsArray().map(({ name }) => name);
  return names.filter((name) => !before.has(name));
}

async function textOf(url: string): Promise<string> {
  if (url.startsWith('http:')) return (await fetch(url)).text();
  return new Promise((resolve, reject) => {
    get(url, { rejectUnauthorized: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

test('the page’s table of metrics is that of a running server, as are rules and panels', async () => {
  const known = [...(await metricsOfARunningServer()), ...metricsOfNodes()];
  assert.equal(named(/^hostbeat_/).sort(), known.filter((name) => name.startsWith('hostbeat_')).sort());
  const asked = `${alerts}${dashboard}`.matchAll(/\b(?:hostbeat|process)_[a-z_]+/g);
  for (const [name] of asked) assert.ok(known.includes(name.replace(/_(bucket|count)$/, '')), name);
});

test('it says of every alert what it means and what to do', () => {
  const shipped = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  assert.equal(named(/^Hostbeat/), shipped);
});

test('its exit codes are those of the program', () => {
  const codes = rows.filter((cell) => /^\d+$/.test(cell)).map(Number);
  assert.equal(codes, Object.values(EXIT));
});

test.run();
