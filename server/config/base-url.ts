/**
 * Our own URL as clients see it, and the clients' addresses. A forwarded header counts only from a trusted proxy.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { DomainError } from '../domain/errors.ts';
import type { Config } from './config.ts';

/** On the request itself: a WeakMap of all requests costs the collector more than their addresses are worth. */
const PEER = Symbol('peer');
const REPEATED = Symbol('its host stands in the answer');
type Arrived = Request & { [PEER]?: string; [REPEATED]?: true };

/** Base of every link, without a slash at its end: `https://hostbeat.example`. */
export type BaseUrl = (request: Request) => string;

/**
 * Tells of each request what links to put into its answer and which address to hold guesses of a password against.
 * `trustedProxies` are addresses or networks (`10.0.0.7`, `10.0.0.0/8`, `::1`).
 * @throws DomainError `invalid` for an address that cannot be read
 */
export class Origin {
  /** Base of every link, if it is set. */
  readonly publicUrl: string | undefined;
  readonly #proxies = new BlockList();
  readonly #trusts: boolean;

  constructor(settings: Partial<Pick<Config, 'publicUrl' | 'trustedProxies'>>) {
    this.publicUrl = settings.publicUrl?.replace(/\/+$/, '');
    for (const proxy of settings.trustedProxies ?? []) this.#trust(proxy);
    this.#trusts = (settings.trustedProxies ?? []).length > 0;
  }

  /** The edge says here from whom a request came; what it does not say of is trusted with nothing. */
  arrived(request: Request, peer: string | undefined): void {
    if (peer !== undefined) (request as Arrived)[PEER] = peer;
  }

  readonly baseUrl: BaseUrl = (request) => {
    if (this.publicUrl !== undefined) return this.publicUrl;
    (request as Arrived)[REPEATED] = true;
    const direct = originOf(request.url);
    if (!this.#isProxy((request as Arrived)[PEER])) return direct;
    const proto = nearest(request, 'x-forwarded-proto');
    const host = nearest(request, 'x-forwarded-host');
    const url = new URL(direct);
    const forwarded = `${proto === 'https' || proto === 'http' ? `${proto}:` : url.protocol}//${host ?? url.host}`;
    return URL.canParse(forwarded) ? new URL(forwarded).origin : direct;
  };

  /** Whether links were made from what the request says of its host: such an answer is for this client alone. */
  readonly repeatsHost = (request: Request): boolean => (request as Arrived)[REPEATED] === true;

  /** The client's address, seen through trusted proxies; undefined where the edge did not say. */
  readonly clientAddress = (request: Request): string | undefined => {
    const peer = (request as Arrived)[PEER];
    return this.#isProxy(peer) ? this.seeThrough(peer, request.headers.get('x-forwarded-for') ?? '') : peer;
  };

  /** Of a trusted proxy's request: the client it speaks for, as far as that can be believed. Undefined: it is no proxy. */
  readonly seeThrough = (peer: string | undefined, forwarded = ''): string | undefined => {
    if (!this.#isProxy(peer)) return undefined;
    const hops = forwarded.split(',').map((hop) => hop.trim());
    // From the right: what stands left of the first stranger was written by the stranger.
    return hops.reverse().find((hop) => isIP(hop) !== 0 && !this.#isProxy(hop)) ?? peer;
  };

  #isProxy(address: string | undefined): boolean {
    if (!this.#trusts || address === undefined || isIP(address) === 0) return false;
    return this.#proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }

  #trust(proxy: string): void {
    const [address = '', prefix] = proxy.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    const bits = prefix === undefined ? undefined : Number(prefix);
    const readable =
      bits === undefined || (Number.isInteger(bits) && bits >= 0 && bits <= (family === 'ipv6' ? 128 : 32));
    if (isIP(address) === 0 || !readable) {
      throw new DomainError(
        'invalid',
        `HOSTBEAT_TRUSTED_PROXIES: "${proxy}" is no IP address or network; write e.g. 10.0.0.7 or 10.0.0.0/8`,
      );
    }
    if (bits === undefined) this.#proxies.addAddress(address, family);
    else this.#proxies.addSubnet(address, bits, family);
  }
}

/** Of the URL of a request, which is in its normal form: what stands before its path. */
function originOf(url: string): string {
  return url.slice(0, url.indexOf('/', url.indexOf('://') + 3));
}

/** Of a header that several hops added to, what the nearest one wrote. */
function nearest(request: Request, header: string): string | undefined {
  return request.headers.get(header)?.split(',').at(-1)?.trim().toLowerCase() || undefined;
}
