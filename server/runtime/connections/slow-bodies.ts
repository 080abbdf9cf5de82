/**
 * A request's head has its time-out; a body has none that is short, because imports are long. So it is held to a rate:
 * a client that sends its body letter by letter would hold a descriptor for minutes, and a thousand such clients all of them.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duration } from '../../domain/clock.ts';
import { EdgeConnection } from './connection.ts';

/** Bytes a second; a modem sends twice as many. */
const SLOWEST = 500;

interface Sending {
  readonly outgoing: ServerResponse;
  /** At the last look; undefined before the first, so that only whole windows are judged. */
  bytes: number | undefined;
}

export interface BodyWatch {
  /** A request came. Its connection alone remembers it until the next look: nearly every body is complete by then. */
  arrived(incoming: IncomingMessage, outgoing: ServerResponse): void;
  stop(): void;
}

/**
 * Ends a connection whose body comes in slower than that, or still comes in after it was answered.
 * @param window milliseconds over which the rate is taken
 */
export function endSlowBodies(connections: Iterable<EdgeConnection>, window: number): BodyWatch {
  const bodies = new SlowBodies(window);
  let looked = performance.now();
  const timer = setInterval(() => {
    const passed = performance.now() - looked;
    looked += passed;
    // What came in while we stood still is read in this turn.
    setImmediate(() => {
      for (const connection of connections) {
        if (connection.body !== undefined) bodies.watch(connection.body.incoming, connection.body.outgoing);
        connection.body = undefined;
      }
      bodies.look(passed);
    });
  }, window);
  timer.unref();
  return {
    arrived(incoming, outgoing) {
      const { headers } = incoming;
      if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return;
      const connection = EdgeConnection.of(incoming.socket);
      if (connection !== undefined) connection.body = { incoming, outgoing };
    },
    stop: () => clearInterval(timer),
  };
}

export class SlowBodies {
  readonly #window: Duration;
  readonly #slow = new Map<IncomingMessage, Sending>();

  constructor(window: Duration) {
    this.#window = window;
  }

  /** From now on, unless all of it is there. */
  watch(incoming: IncomingMessage, outgoing: ServerResponse): void {
    if (!incoming.complete) this.#slow.set(incoming, { outgoing, bytes: undefined });
  }

  /** @param passed since the last look: where it is much more than the window, we stood still, and nobody was slow */
  look(passed: Duration): void {
    const isExcused = passed > 1.5 * this.#window;
    for (const [incoming, sending] of this.#slow) {
      const { socket } = incoming;
      const isOver = incoming.complete || socket.destroyed;
      if (isOver || (!isExcused && this.#isTooSlow(incoming, sending))) {
        this.#slow.delete(incoming);
        if (!isOver) socket.destroy();
      }
      sending.bytes = socket.bytesRead;
    }
  }

  #isTooSlow(incoming: IncomingMessage, { outgoing, bytes }: Sending): boolean {
    // One that waits behind another request is not read: that is no slowness of its sender.
    if (bytes === undefined || outgoing.socket === null) return false;
    if (outgoing.writableEnded) return true;
    // What lies here unread is our own slowness.
    return (
      incoming.readableLength === 0 && incoming.socket.bytesRead - bytes < (SLOWEST * this.#window) / 1_000
    );
  }
}
