import { type Context, Hono } from 'hono';

/**
 * A module's answer to an ordinary request. `address` is the client's, undefined if unknown; `hangUp` ends the
 * connection at once.
 */
export type Answering = (
  request: Request,
  address: string | undefined,
  hangUp?: () => void,
) => Promise<Response>;

/** What the edge passes on besides the request. */
interface EdgeEnv {
  Bindings: { readonly outgoing?: { destroy(): void } };
}

/**
 * `/v1/events`, `/v1/changes`, `/v1/history`, `/v1/status`, `/v1/explain`: the stream without a WebSocket. They check
 * the token themselves.
 */
export function createStreams(
  streams: Readonly<Record<'events' | 'changes' | 'history' | 'status' | 'explain', Answering>>,
  clientAddress: (request: Request) => string | undefined,
): Hono<EdgeEnv> {
  const ask = (answer: Answering) => (c: Context<EdgeEnv>) =>
    answer(c.req.raw, clientAddress(c.req.raw), () => c.env?.outgoing?.destroy());
  const app = new Hono<EdgeEnv>();
  for (const name of ['events', 'changes', 'history', 'status', 'explain'] as const) {
    app.get(`/v1/${name}`, ask(streams[name]));
    // For other methods, the answer names the allowed one.
    app.all(`/v1/${name}`, ask(streams[name]));
  }
  return app;
}
