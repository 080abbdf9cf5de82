import { type Context, Hono } from 'hono';

/**
 * A room's answer to an ordinary request. `address` is the client's, undefined if it is not known; `hangUp` ends the
 * connection at once.
 */
export type Answering = (
  request: Request,
  address: string | undefined,
  hangUp?: () => void,
) => Promise<Response>;

/** What the edge hands over beside the request. */
interface EdgeEnv {
  Bindings: { readonly outgoing?: { destroy(): void } };
}

/** `GET /v1/events` and `GET /v1/changes`: the stream without a WebSocket. They ask for the token themselves. */
export function createStreams(
  streams: { readonly events: Answering; readonly changes: Answering; readonly history: Answering },
  clientAddress: (request: Request) => string | undefined,
): Hono<EdgeEnv> {
  const ask = (answer: Answering) => (c: Context<EdgeEnv>) =>
    answer(c.req.raw, clientAddress(c.req.raw), () => c.env?.outgoing?.destroy());
  return new Hono<EdgeEnv>()
    .all('/v1/events', ask(streams.events))
    .all('/v1/changes', ask(streams.changes))
    .all('/v1/history', ask(streams.history));
}
