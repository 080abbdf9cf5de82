/** Our own URL as clients see it, and the clients' addresses. A forwarded header counts only from a trusted proxy. */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { DomainError } from '../domain/errors.ts';
import type { RequestHead } from '../plain-http.ts';
import type { Config } from './config.ts';

/** Stored on the request itself: a WeakMap of all requests would cost the garbage collector more. */
const PEER = Symbol('peer');
const REPEATED = Symbol('its host stands in the answer');
type Arrived = RequestHead & { [PEER]?: string; [REPEATED]?: true };

/** Base of every link, without a slash at its end: `https://hostbeat.example`. */
export type BaseUrl = (request: RequestHead) => string;

/**
 * Determines for each request the base URL of its links, and the client address by which password guesses are counted.
 * `trustedProxies` are addresses or networks (`10.0.0.7`, `10.0.0.0/8`, `::1`).
 * @throws DomainError `invalid` for an address that cannot be parsed
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

  /** The edge records the peer's address here; a request without one never counts as a proxy's. */
  arrived(request: RequestHead, peer: string | undefined): void {
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

  /** Whether links were made from the request's Host header: such an answer must not be cached for other clients. */
  readonly repeatsHost = (request: RequestHead): boolean => (request as Arrived)[REPEATED] === true;

  /** The client's address, as trusted proxies forward it; undefined where the edge recorded none. */
  readonly clientAddress = (request: RequestHead): string | undefined => {
    const peer = (request as Arrived)[PEER];
    return this.#isProxy(peer) ? this.seeThrough(peer, request.headers.get('x-forwarded-for') ?? '') : peer;
  };

  /**
   * The client that a trusted proxy forwards for, as far as the header can be trusted. Undefined for a peer that is not
   * a proxy.
   */
  readonly seeThrough = (peer: string | undefined, forwarded = ''): string | undefined => {
    if (!this.#isProxy(peer)) return undefined;
    const hops = forwarded.split(',').map((hop) => hop.trim());
    // Read from the right: everything left of the first untrusted address was written by that client.
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
        `HOSTBEAT_TRUSTED_PROXIES: "${proxy}" is not an IP address or network; write e.g. 10.0.0.7 or 10.0.0.0/8`,
      );
    }
    if (bits === undefined) this.#proxies.addAddress(address, family);
    else this.#proxies.addSubnet(address, bits, family);
  }
}

/** The origin of a request's URL, which is in normal form. */
function originOf(url: string): string {
  return url.slice(0, url.indexOf('/', url.indexOf('://') + 3));
}

/** The value that the nearest hop added to a header. */
function nearest(request: RequestHead, header: string): string | undefined {
  return request.headers.get(header)?.split(',').at(-1)?.trim().toLowerCase() || undefined;
}
