/** What a bench fires at: hostbeat or a bare server, with its sockets open in a generator process. */
import { readFileSync } from 'node:fs';
import { baseline } from './child.ts';
import { Generator } from './load/generator.ts';
import { LOAD_CORE, now, pin, type Site } from './site.ts';

const SUBSCRIBE = '{"type":"subscribe","id":"1"}';
const PATIENCE_MS = 20_000;

export interface Target {
  readonly pid: number;
  readonly generator: Generator;
  readonly sockets: number;
  /** One commit, or one write of a frame. */
  fire(): Promise<unknown>;
  close(): void;
}

/** Opens the sockets, one for each token, each subscribed and synced. */
export async function load(
  url: URL,
  path: string,
  subprotocol: string,
  tokens: readonly string[],
): Promise<Generator> {
  const generator = new Generator();
  pin(generator.pid, LOAD_CORE);
  const port = Number(url.port);
  const ready = '"type":"synced"';
  await generator.open({ host: url.hostname, port, path, subprotocol, tokens, subscribe: SUBSCRIBE, ready });
  return generator;
}

/** Hostbeat; firing forces the site's hosts down and up in turn, one at a time. */
export async function hostbeatTarget(site: Site, sockets: number): Promise<Target> {
  const tokens = Array.from({ length: sockets }, (_, n) => site.owners[n % site.owners.length] ?? '');
  const generator = await load(new URL(site.server.url), '/v1/stream', 'hostbeat.v1', tokens);
  let fired = 0;
  const fire = async () => {
    const turn = fired;
    fired += 1;
    const service = site.services[turn % site.services.length];
    const forced_down = Math.floor(turn / site.services.length) % 2 === 0;
    await forceDown(site, service?.uuid ?? '', forced_down);
  };
  return { pid: site.server.pid, generator, sockets, fire, close: () => generator.close() };
}

export async function forceDown(site: Site, uuid: string, forced_down: boolean): Promise<void> {
  const headers = { 'openstack-api-version': 'compute 2.53' };
  const answer = await site.admin.request('PUT', `/v2.1/os-services/${uuid}`, { forced_down }, headers);
  if (answer.status !== 200) throw new Error(`PUT: ${answer.status} ${JSON.stringify(answer.json)}`);
}

/**
 * A bare `ws` server that writes one frame with a text of `bytes` to every socket, `frames` times in one turn. What it
 * is compared with must write as many: the kernel copies them.
 */
export async function bareTarget(
  mode: 'prepared' | 'plain' | 'joined' | 'beating',
  sockets: number,
  bytes: number,
  frames = 1,
): Promise<Target> {
  const bare = await baseline('bare/ws.ts', mode, String(bytes), String(frames));
  const generator = await load(bare.url, '/', '', Array<string>(sockets).fill(''));
  return {
    pid: bare.pid,
    generator,
    sockets,
    fire: () => fetch(bare.url, { method: 'PUT' }).then((answer) => answer.text()),
    close: () => {
      generator.close();
      bare.close();
    },
  };
}

export interface Round {
  /** Milliseconds from before the firing to each arrival. */
  readonly late: readonly number[];
  readonly last: number;
  /** Mean size of the text of a frame. */
  readonly bytes: number;
}

/** Fires once (or as often as `fire` does) and waits for `frames` on every socket. */
export async function round(target: Target, frames = 1, fire = () => target.fire()): Promise<Round> {
  const count = target.sockets * frames;
  await target.generator.clear();
  const start = now();
  const collected = target.generator.collect(count, PATIENCE_MS);
  await fire();
  const { arrivals, bytes } = await collected;
  if (arrivals.length < count) throw new Error(`${arrivals.length} of ${count} frames arrived`);
  const late = arrivals.map((at) => at - start);
  return { late, last: late.reduce((a, b) => Math.max(a, b), 0), bytes: Math.round(bytes / count) };
}

/** Seconds of processor time a process has used so far, user and system. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Memory of a process, in bytes. */
export function rssBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

/** Resolves once a process has been nearly idle for a while. */
export async function untilIdle(pid: number): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    const before = cpuSeconds(pid);
    await new Promise((then) => setTimeout(then, 500));
    quiet = cpuSeconds(pid) - before <= 0.03 ? quiet + 1 : 0;
  }
}
