import type { IncomingMessage } from 'node:http';

/** The address at the other end of the connection; one of IPv4 in its own spelling also where the socket is IPv6. */
export function peerOf(incoming: IncomingMessage): string | undefined {
  return incoming.socket.remoteAddress?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/**
 * An upgrade request as a web `Request`, undefined if its target or Host makes no URL, or if it is of HTTP/1.0 or names
 * no Host (RFC 6455, section 4.2.1). It has no body.
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
