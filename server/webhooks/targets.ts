/**
 * Decides which addresses webhooks may deliver to. A webhook's URL lets a stranger choose where our machine connects,
 * so private addresses are refused unless an operator allows their network.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { DomainError } from '../domain/errors.ts';

/** A checked address, which is the one to connect to: a second look-up could return another. */
export interface Target {
  readonly address: string;
  readonly family: 4 | 6;
}

/** @param projectId whose limit the name look-up counts against */
export type Lookup = (host: string, projectId: string) => Promise<readonly { readonly address: string }[]>;

const LONGEST_URL = 2_048;

/** Networks that the internet does not route, or that are not hosts (IANA special-purpose registries). */
const NOT_PUBLIC_4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** Of IPv6 only global unicast is public, except the ranges that embed an IPv4 address or are for documentation. */
const PUBLIC_6 = ['2000::/3'];
const NOT_PUBLIC_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const notPublic = listOf([...NOT_PUBLIC_4, ...NOT_PUBLIC_6]);
const public6 = listOf(PUBLIC_6);

export class Targets {
  readonly #allowed: BlockList;
  readonly #lookup: Lookup;

  /**
   * @param allowedNetworks addresses or networks allowed besides the public ones
   * @throws DomainError `invalid` for one that cannot be parsed
   */
  constructor(allowedNetworks: readonly string[], lookup: Lookup) {
    this.#allowed = listOf(allowedNetworks);
    this.#lookup = lookup;
  }

  /** Checks a URL as far as possible without the DNS. @returns the URL in normal form @throws DomainError `invalid` */
  check(text: string): string {
    if (text.length > LONGEST_URL || !URL.canParse(text))
      throw invalid('must be a URL, such as https://example.org/hook');
    const url = new URL(text);
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw invalid('must begin with https:// or http://');
    if (url.username !== '' || url.password !== '') throw invalid('must not contain a user or password');
    if (isReserved(url.port)) throw invalid('the port must be 80, 443 or above 1023');
    url.hash = '';
    const host = hostOf(url);
    if (isIP(host) !== 0 && !this.#isAllowed(host)) throw invalid(NOT_ALLOWED);
    return url.href;
  }

  /** Finds the address to connect to. @throws Error whose message the owner may read; it names no address of ours */
  async resolve(url: URL, projectId: string): Promise<Target> {
    const host = hostOf(url);
    const found = isIP(host) !== 0 ? [{ address: host }] : await this.#ask(host, projectId);
    const allowed = found.find(({ address }) => this.#isAllowed(address));
    if (allowed === undefined) throw new Error(NOT_ALLOWED);
    return { address: allowed.address, family: isIPv6(allowed.address) ? 6 : 4 };
  }

  async #ask(host: string, projectId: string): Promise<readonly { readonly address: string }[]> {
    try {
      return await this.#lookup(host, projectId);
    } catch {
      throw new Error('the name of the host cannot be resolved');
    }
  }

  #isAllowed(address: string): boolean {
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (this.#allowed.check(address, family)) return true;
    if (family === 'ipv6' && !public6.check(address, family)) return false;
    return !notPublic.check(address, family);
  }
}

const NOT_ALLOWED = 'the host is in a private, local or reserved network, to which nothing is delivered';

/** Ports of mail, shells and directories, whose servers take parts of a posted body as commands. */
function isReserved(port: string): boolean {
  return port !== '' && port !== '80' && port !== '443' && Number(port) < 1_024;
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    const most = family === 'ipv6' ? 128 : 32;
    const bits = prefix === undefined ? most : Number(prefix);
    if (isIP(address) === 0 || !Number.isInteger(bits) || bits < 0 || bits > most) {
      throw new DomainError(
        'invalid',
        `HOSTBEAT_WEBHOOK_NETWORKS: "${network}" is not an IP address or network; write e.g. 10.0.0.0/8`,
      );
    }
    list.addSubnet(address, bits, family);
  }
  return list;
}

function invalid(what: string): DomainError {
  return new DomainError('invalid', `url: ${what}`, { field: 'url' });
}
