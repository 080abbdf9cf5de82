/**
 * From the PUT that forces a host down to the frame on the owners' sockets: one host, 300 servers of 30 owners, 3 000
 * sockets; then one owner with one socket. Measured from before the PUT is sent to the arrival of the frame in another
 * process, so it holds both directions of the network, the commit with its disk flush, and the fan-out.
 * Baseline of the same run, passes in turn: a bare `ws` server that writes one ready frame to as many sockets.
 */
import { baseline } from './support/child.ts';
import { Generator } from './support/generator.ts';
import { Report, round, spread } from './support/report.ts';
import { LOAD_CORE, now, openSite, pin } from './support/site.ts';

const PASSES = 3;
const ROUNDS = 20;
const SUBSCRIBE = '{"type":"subscribe","id":"1"}';

interface Target {
  readonly url: URL;
  readonly generator: Generator;
  readonly sockets: number;
  fire(): Promise<unknown>;
}

/** Fires ROUNDS times; every arrival of every round, and the last one of each. */
async function pass(target: Target): Promise<{ each: number[]; last: number[] }> {
  const each: number[] = [];
  const last: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await target.generator.clear();
    const start = now();
    const collected = target.generator.collect(target.sockets, 10_000);
    await target.fire();
    const { arrivals } = await collected;
    if (arrivals.length !== target.sockets)
      throw new Error(`${arrivals.length} of ${target.sockets} frames arrived`);
    const late = arrivals.map((at) => at - start);
    each.push(...late);
    last.push(Math.max(...late));
  }
  return { each, last };
}

async function bareTarget(sockets: number): Promise<Target & { close(): void }> {
  const bare = await baseline('bare-ws.ts', 'prepared');
  const generator = await load(bare.url, '/', '', Array<string>(sockets).fill(''));
  return {
    url: bare.url,
    generator,
    sockets,
    fire: () => fetch(bare.url, { method: 'PUT' }).then((answer) => answer.text()),
    close: () => {
      generator.close();
      bare.close();
    },
  };
}

async function load(
  url: URL,
  path: string,
  subprotocol: string,
  tokens: readonly string[],
): Promise<Generator> {
  const generator = new Generator();
  pin(generator.pid, LOAD_CORE);
  const port = Number(url.port);
  await generator.open({
    host: url.hostname,
    port,
    path,
    subprotocol,
    tokens,
    subscribe: SUBSCRIBE,
    ready: '"type":"synced"',
  });
  return generator;
}

async function main(): Promise<void> {
  pin(process.pid, LOAD_CORE);
  const report = new Report('push');
  for (const { owners, sockets, servers } of [
    { owners: 30, sockets: 3_000, servers: 300 },
    { owners: 1, sockets: 1, servers: 1 },
  ]) {
    const site = await openSite({ owners, hosts: 1, serversPerHost: servers });
    const url = new URL(site.server.url);
    const tokens = Array.from({ length: sockets }, (_, n) => site.owners[n % owners] ?? '');
    const generator = await load(url, '/v1/stream', 'hostbeat.v1', tokens);
    let down = false;
    const ours: Target = {
      url,
      generator,
      sockets,
      fire: async () => {
        down = !down;
        const path = `/v2.1/os-services/${site.services[0]?.uuid}`;
        const answer = await site.admin.request(
          'PUT',
          path,
          { forced_down: down },
          { 'openstack-api-version': 'compute 2.53' },
        );
        if (answer.status !== 200) throw new Error(`PUT: ${answer.status} ${JSON.stringify(answer.json)}`);
      },
    };
    const bare = await bareTarget(sockets);
    const results: Record<'hostbeat' | 'bare ws', { each: number[]; last: number[] }> = {
      hostbeat: { each: [], last: [] },
      'bare ws': { each: [], last: [] },
    };
    await pass(ours);
    await pass(bare);
    for (let n = 0; n < PASSES; n += 1) {
      for (const [name, target] of [
        ['hostbeat', ours],
        ['bare ws', bare],
      ] as const) {
        const { each, last } = await pass(target);
        results[name].each.push(...each);
        results[name].last.push(...last);
      }
    }
    const what =
      sockets === 1
        ? 'one owner, one socket'
        : `${sockets} sockets, ${owners} owners, ${servers} servers on the host`;
    for (const [name, { each, last }] of Object.entries(results)) {
      report.add(`${what}: ${name}, each frame`, 'ms', spread(each));
      report.add(`${what}: ${name}, last frame of a round`, 'ms', spread(last));
    }
    const ratio = spread(results.hostbeat.each).p50 / spread(results['bare ws'].each).p50;
    report.add(`${what}: hostbeat / bare ws at p50`, 'ratio', { ratio: round(ratio) });
    generator.close();
    bare.close();
    await site[Symbol.asyncDispose]();
  }
  report.finish();
}

await main();
