import { type Context, Hono } from 'hono';

/**
 * A module's answer to an ordinary request. `address` is the client's, undefined if it is not known; `hangUp` ends the
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

/** `/v1/events`, `/v1/changes`, `/v1/history`, `/v1/status`: the stream without a WebSocket. They ask for the token themselves. */
export function createStreams(
  streams: Readonly<Record<'events' | 'changes' | 'history' | 'status', Answering>>,
  clientAddress: (request: Request) => string | undefined,
): Hono<EdgeEnv> {
  const ask = (answer: Answering) => (c: Context<EdgeEnv>) =>
    answer(c.req.raw, clientAddress(c.req.raw), () => c.env?.outgoing?.destroy());
  return new Hono<EdgeEnv>()
    .all('/v1/events', ask(streams.events))
    .all('/v1/changes', ask(streams.changes))
    .all('/v1/history', ask(streams.history))
    .all('/v1/status', ask(streams.status));
}
