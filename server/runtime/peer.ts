import type { IncomingMessage } from 'node:http';

/** The address at the other end of the connection; one of IPv4 in its own spelling also where the socket is IPv6. */
export function peerOf(incoming: IncomingMessage): string | undefined {
  return incoming.socket.remoteAddress?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/** An upgrade request as a web `Request`, undefined if its target or Host makes no URL. It has no body. */
export function toRequest(incoming: IncomingMessage): Request | undefined {
  const encrypted = (incoming.socket as { encrypted?: boolean }).encrypted === true;
  const target = incoming.url ?? '/';
  const base = `${encrypted ? 'https' : 'http'}://${incoming.headers.host ?? 'localhost'}`;
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
