import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that may wait behind another. Hardly any client has one that does. */
const MOST = 32;

/**
 * A client may send the next request before the last was answered, and the runtime takes up all that it has read: some
 * ten thousand in one turn, in which nobody else is heard. Whoever sends more than a few is hung up on.
 */
export function boundPipelining(listener: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, number>();
  return (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // The first in line has its socket; who waits behind it has none yet.
    if (outgoing.socket === null) {
      const { socket } = incoming;
      const before = waiting.get(socket) ?? 0;
      if (before >= MOST) {
        socket.destroy();
        return;
      }
      waiting.set(socket, before + 1);
      outgoing.on('finish', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
    }
    listener(incoming, outgoing);
  };
}
