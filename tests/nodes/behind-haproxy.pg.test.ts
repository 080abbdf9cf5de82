/**
 * docs/deploy/nodes/haproxy.cfg, tried with Debian's HAProxy: three nodes behind one address, of which one is killed, and
 * PostgreSQL is stopped. All ask the one address.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { freePort } from '../support/free-port.ts';
import { login } from '../support/http.ts';
import { postgresBinaries, startCluster } from '../support/postgres/cluster.ts';
import { hasPostgres } from '../support/postgres/stores.ts';
import { startServer, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';

const shipped = resolve(import.meta.dirname, '../../docs/deploy/nodes');
const test = suite('three nodes behind HAProxy');
const hasHaproxy = spawnSync('haproxy', ['-v']).status === 0;

test('the compose file names what the proxy looks for', async () => {
  const compose = parse(await readFile(join(shipped, 'compose.yaml'), 'utf8'), { merge: true });
  const proxied = (await readFile(join(shipped, 'haproxy.cfg'), 'utf8')).matchAll(/server (\w+) (\w+):8774/g);
  for (const [, name = '', address = ''] of proxied) {
    assert.is(name, address);
    assert.is(compose.services[address].hostname, address);
    assert.match(compose.services[address].environment.HOSTBEAT_DATABASE_URL, '@postgres/hostbeat');
  }
  assert.is(
    compose.services.hb1.environment.HOSTBEAT_TRUSTED_PROXIES,
    compose.services.haproxy.networks.inside.ipv4_address,
  );
});

test('a node is killed, then PostgreSQL stops: reports go on at one address', async () => {
  if (!hasHaproxy) return void console.log('   left out: there is no HAProxy here');
  const cluster = await startCluster(postgresBinaries() as string);
  await using folder = await temporaryFolder();
  const start = () =>
    startServer({
      HOSTBEAT_DATABASE_URL: cluster.url,
      HOSTBEAT_ADMIN_PASSWORD: 'pw',
      HOSTBEAT_TRUSTED_PROXIES: '127.0.0.1',
    });
  const nodes = [await start(), await start(), await start()];
  const port = await freePort();
  const text = nodes.reduce(
    (config, { url }, n) => config.replaceAll(`hb${n + 1}:8774`, new URL(url).host),
    await readFile(join(shipped, 'haproxy.cfg'), 'utf8'),
  );
  const file = join(folder.path, 'haproxy.cfg');
  await writeFile(file, text.replace('bind :8774', `bind 127.0.0.1:${port}`).replace('100000', '1000'));
  const proxy = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  try {
    await until(
      'the proxy',
      async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200,
    );
    const admin = await login(url, 'admin', 'pw', 'admin');
    const report = async () =>
      (await admin.request('POST', '/v1/reports', { reports: [{ host: 'c1', binary: 'nova-compute' }] }))
        .status;
    assert.is(await report(), 200);
    await nodes[0]?.kill();
    for (let n = 0; n < 20; n++) assert.is(await report(), 200, `report ${n} after a node was killed`);
    await until('two nodes', async () => (await (await fetch(`${url}/readyz`)).json()).node.nodes === 2);
    await cluster.stop('fast');
    await until('the news that none is ready', async () => (await fetch(`${url}/readyz`)).status === 503);
    await until('reports that count although PostgreSQL is away', async () => (await report()) === 200);
    await cluster.start();
    await until('a node that is ready again', async () => (await fetch(`${url}/readyz`)).status === 200);
  } finally {
    proxy.kill();
    await once(proxy, 'exit');
    for (const node of nodes) await node.kill();
    await cluster.close();
  }
});

if (hasPostgres('three nodes behind HAProxy') && postgresBinaries() !== undefined) test.run();
