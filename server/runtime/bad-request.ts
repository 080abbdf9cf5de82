/** Answers to requests that are not HTTP, or not a URL: the peer's errors, which are not logged. */
import type { Duplex } from 'node:stream';

/** For a target or a Host that makes no URL. */
export function badRequest(): Response {
  const message = 'the target and the Host of the request do not form a URL';
  return Response.json({ error: { code: 'invalid', message } }, { status: 400 });
}

/** Answers a request that the parser could not read, and ends its connection. */
export function answerBadRequest(error: NodeJS.ErrnoException, wire: Duplex): void {
  if (error.code === 'ECONNRESET' || !wire.writable) {
    wire.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  wire.on('error', () => undefined);
  wire.once('finish', () => wire.destroy());
  wire.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
