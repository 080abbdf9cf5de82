/**
 * Ends connections that send a request's body too slowly. The head of a request has a short time-out; a body has none,
 * because imports are long, so it must keep a minimum rate. Otherwise a client that sends its body byte by byte would
 * occupy a descriptor for minutes, and a thousand such clients all of them.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duration } from '../../domain/clock.ts';
import { EdgeConnection } from './connection.ts';

/** Bytes per second; even a modem sends twice as many. */
const SLOWEST = 500;

interface Sending {
  readonly outgoing: ServerResponse;
  /** The count at the last look; undefined before the first, so that only whole windows are judged. */
  bytes: number | undefined;
}

export interface BodyWatch {
  /**
   * Called for each request. Only its connection remembers it until the next look: nearly every body is complete by
   * then.
   */
  arrived(incoming: IncomingMessage, outgoing: ServerResponse): void;
  stop(): void;
}

/**
 * Ends a connection whose body arrives below the minimum rate, or still arrives after its answer.
 * @param window milliseconds over which the rate is measured
 */
export function endSlowBodies(connections: Iterable<EdgeConnection>, window: number): BodyWatch {
  const bodies = new SlowBodies(window);
  let looked = performance.now();
  const timer = setInterval(() => {
    const passed = performance.now() - looked;
    looked += passed;
    // What arrived while this process paused is read in this turn.
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

  /** Watches this body from now on, unless it is complete. */
  watch(incoming: IncomingMessage, outgoing: ServerResponse): void {
    if (!incoming.complete) this.#slow.set(incoming, { outgoing, bytes: undefined });
  }

  /**
   * @param passed since the last look: if it is much longer than the window, this process paused and no client was slow
   */
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
    // A body behind another request is not read: its sender is not slow.
    if (bytes === undefined || outgoing.socket === null) return false;
    if (outgoing.writableEnded) return true;
    // Bytes that lie here unread are our own slowness.
    return (
      incoming.readableLength === 0 && incoming.socket.bytesRead - bytes < (SLOWEST * this.#window) / 1_000
    );
  }
}
