/**
 * Resolves a name as the system does: its hosts file, then its name servers with its search list. Does not use
 * getaddrinfo, which blocks one of the runtime's few worker threads while a name server does not answer.
 */
import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Duration } from '../domain/clock.ts';

export interface ResolvedAddress {
  readonly address: string;
}

export interface SystemNamesOptions {
  readonly hostsFile?: string;
  readonly resolvConf?: string;
  /** Used instead of the system's own name servers. */
  readonly servers?: readonly string[];
  /** Of one try; there are two. */
  readonly timeout?: Duration;
}

/** How long to wait for the other address family once one has answered. */
const OTHER_FAMILY: Duration = 250;

/** @returns the addresses, IPv4 first. @throws Error if there is no answer, or none before the signal aborts */
export function systemNames({
  hostsFile = '/etc/hosts',
  resolvConf = '/etc/resolv.conf',
  servers,
  timeout = 1_500,
}: SystemNamesOptions = {}): (host: string, signal: AbortSignal) => Promise<readonly ResolvedAddress[]> {
  return async (host, signal) => {
    if (/^(.+\.)?localhost\.?$/i.test(host)) return [{ address: '127.0.0.1' }, { address: '::1' }];
    const listed = inHostsFile(await textOf(hostsFile), host);
    if (listed.length > 0) return listed;
    for (const name of candidates(await textOf(resolvConf), host)) {
      const found = await ask(name, signal, timeout, servers);
      if (found.length > 0) return found;
      signal.throwIfAborted();
    }
    throw new Error('the name has no address');
  };
}

/** Each look-up has its own resolver, so that cancelling it ends no other. */
async function ask(
  name: string,
  signal: AbortSignal,
  timeout: Duration,
  servers: readonly string[] | undefined,
): Promise<readonly ResolvedAddress[]> {
  const resolver = new Resolver({ timeout, tries: 2 });
  if (servers !== undefined) resolver.setServers(servers);
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  const four = resolver.resolve4(name).catch(() => []);
  const six = resolver.resolve6(name).catch(() => []);
  try {
    await Promise.race([unlessEmpty(four), unlessEmpty(six), Promise.all([four, six])]);
    const late = wait(OTHER_FAMILY);
    const found = await Promise.all([four, six].map((answer) => Promise.race([answer, late.over])));
    late.cancel();
    return found.flat().map((address) => ({ address }));
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}

/** Settles with the first addresses. An empty answer never settles it: the other family decides. */
function unlessEmpty(answer: Promise<readonly string[]>): Promise<void> {
  return new Promise((resolve) => {
    void answer.then((found) => {
      if (found.length > 0) resolve();
    });
  });
}

function wait(duration: Duration) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(() => resolve([]), duration);
  });
  return { over, cancel: () => clearTimeout(timer) };
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

export function inHostsFile(text: string, host: string): ResolvedAddress[] {
  const wanted = host.toLowerCase().replace(/\.$/, '');
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const named = names.some((name) => name.toLowerCase() === wanted);
    return named && isIP(address) !== 0 ? [{ address }] : [];
  });
}

/** The names to look up, in order, as resolv.conf(5) defines them. */
export function candidates(resolvConf: string, host: string): readonly string[] {
  if (host.endsWith('.')) return [host];
  let search: readonly string[] = [];
  let ndots = 1;
  for (const line of resolvConf.split('\n')) {
    const [key, ...values] = line.trim().split(/\s+/);
    if (key === 'search' || key === 'domain') search = values.slice(0, 6);
    if (key !== 'options') continue;
    ndots = Number(values.map((value) => /^ndots:(\d{1,2})$/.exec(value)?.[1]).findLast(Boolean) ?? ndots);
  }
  const below = search.map((domain) => `${host}.${domain.replace(/\.$/, '')}`);
  return host.split('.').length > ndots ? [host, ...below] : [...below, host];
}
