/**
 * A request's head has its time-out; a body has none that is short, because imports are long. So it is held to a rate:
 * a client that sends its body letter by letter would hold a descriptor for minutes, and a thousand such clients all of them.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Bytes a second; a modem sends twice as many. */
const SLOWEST = 500;

interface Sending {
  readonly outgoing: ServerResponse;
  /** At the last look; undefined before the first, so that only whole windows are judged. */
  bytes: number | undefined;
}

/**
 * Ends a connection whose body comes in slower than that, or still comes in after it was answered.
 * @param window milliseconds over which the rate is taken
 * @returns how to stop looking
 */
export function endSlowBodies(server: Server, window: number): () => void {
  const slow = new Map<IncomingMessage, Sending>();
  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { headers } = incoming;
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return;
    // Nearly every body is there one turn later.
    setImmediate(() => {
      if (!incoming.complete) slow.set(incoming, { outgoing, bytes: undefined });
    });
  });
  let looked = performance.now();
  const timer = setInterval(() => {
    const passed = performance.now() - looked;
    looked += passed;
    // What came in while we stood still is read in this turn; and a pause of ours is nobody's slowness.
    setImmediate(() => look(passed > 1.5 * window));
  }, window);
  timer.unref();
  return () => clearInterval(timer);

  function look(excused: boolean): void {
    for (const [incoming, sending] of slow) {
      const { socket } = incoming;
      const isOver = incoming.complete || socket.destroyed;
      if (isOver || (!excused && isTooSlow(incoming, sending))) {
        slow.delete(incoming);
        if (!isOver) socket.destroy();
      }
      sending.bytes = socket.bytesRead;
    }
  }

  function isTooSlow(incoming: IncomingMessage, { outgoing, bytes }: Sending): boolean {
    // One that waits behind another request is not read: that is no slowness of its sender.
    if (bytes === undefined || outgoing.socket === null) return false;
    if (outgoing.writableEnded) return true;
    // What lies here unread is our own slowness.
    return incoming.readableLength === 0 && incoming.socket.bytesRead - bytes < (SLOWEST * window) / 1_000;
  }
}
