import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** The peer's address. An IPv4 address has its own spelling even where the socket is IPv6. */
export function addressOf({ remoteAddress }: Pick<Socket, 'remoteAddress'>): string | undefined {
  return remoteAddress?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/** The same for the connection that a request came on. */
export function peerOf(incoming: IncomingMessage): string | undefined {
  return addressOf(incoming.socket);
}

/** HTTP/1.0 need not name a host: then links use the address and port at which the client reached us. */
export function nameHost({ headers, socket }: IncomingMessage): void {
  const { localAddress, localPort } = socket;
  if (headers.host !== undefined || localAddress === undefined) return;
  const address = addressOf({ remoteAddress: localAddress }) as string;
  headers.host = `${address.includes(':') ? `[${address}]` : address}:${localPort}`;
}

/**
 * An upgrade request as a web `Request`. Undefined if its target or Host makes no URL, if it is HTTP/1.0, or if it
 * names no Host (RFC 6455, section 4.2.1). It has no body.
 */
export function toRequest(incoming: IncomingMessage): Request | undefined {
  const encrypted = (incoming.socket as { encrypted?: boolean }).encrypted === true;
  const target = incoming.url ?? '/';
  const { host } = incoming.headers;
  if (host === undefined || incoming.httpVersion === '1.0') return undefined;
  const base = `${encrypted ? 'https' : 'http'}://${host}`;
  if (!target.startsWith('/') || !URL.canParse(base + target)) return undefined;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  try {
    return new Request(base + target, { headers });
  } catch {
    return undefined;
  }
}
