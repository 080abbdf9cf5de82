import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that may be under way. Hardly any client has more than one. */
const MOST = 32;

/**
 * A client may send the next request before the last was answered, and the runtime takes up all that it has read: some
 * ten thousand in one turn, in which nobody else is heard. Whoever sends more than a few is hung up on.
 */
export function boundPipelining(listener: RequestListener): RequestListener {
  const underWay = new WeakMap<Socket, number>();
  return (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { socket } = incoming;
    const before = underWay.get(socket) ?? 0;
    if (before >= MOST) {
      socket.destroy();
      return;
    }
    underWay.set(socket, before + 1);
    outgoing.on('finish', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1));
    listener(incoming, outgoing);
  };
}
