export type EventsContext = AdmissionContext & Pick<HubContext, 'random' | 'setTimer' | 'soon'>;

/** `GET /v1/events`: the stream for clients that can only read. One subscription, given in the URL. */

import { type RequestHandler, refused } from '../../socket/handshake.ts';
import type { HubContext } from '../connection/context.ts';
import type { AdmissionContext } from './admission.ts';
import { openStream } from './open-stream.ts';
import { SseSocket } from './sse-socket.ts';
import type { EndpointHost } from './stream.ts';

export function createEvents(context: EventsContext, host: EndpointHost): RequestHandler {
  return async (request, address, hangUp) => {
    const seen = request.headers.get('last-event-id');
    // A reader that returns sends its place in the header, some polyfills in the query; its URL still has the place
    // where it started.
    const found = await openStream(
      request,
      address,
      context,
      host,
      (query) => seen || query.get('lastEventId') || query.get('cursor'),
    );
    if ('refuse' in found) return refused(found);
    const socket = new SseSocket(context, hangUp);
    const session = host.admit(socket, address, found.authenticated);
    socket.listen(session);
    session.message(JSON.stringify(found.subscribe));
    return new Response(socket.body, { headers: HEADERS });
  };
}

const HEADERS = {
  'Content-Type': 'text/event-stream',
  // A proxy that compresses collects events first.
  'Cache-Control': 'no-store, no-transform',
  // Otherwise nginx collects events until its buffer is full.
  'X-Accel-Buffering': 'no',
};
