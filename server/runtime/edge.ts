/** What the program gives to the edge, and gets from it. `listen` in http.ts makes one. */
import type { ServerOptions } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { UpgradeHandler } from '../socket/handshake.ts';
import type { EdgeEvents, EdgeLimits, IsReport, SeeThrough } from './connections/guard.ts';
import type { FindDirect } from './direct.ts';

/** What the edge passes to the application besides the request. */
export interface EdgeEnv extends HttpBindings {
  /** The peer's address; a proxy's, if one stands between. */
  readonly peer: string | undefined;
}

export interface EdgeOptions {
  readonly fetch: (request: Request, env: EdgeEnv) => Response | Promise<Response>;
  /** Handlers of requests that need no Request object. */
  readonly direct?: FindDirect;
  readonly upgrade: UpgradeHandler;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Largest WebSocket message that a peer may send, in bytes, where its endpoint sets no other limit. */
  readonly maxFrame: number;
  /** Without these limits only the bytes that wait to be read are bounded. */
  readonly limits?: Partial<EdgeLimits>;
  /** Which peers are proxies, and which clients they forward for. Without it no peer is a proxy. */
  readonly seeThrough?: SeeThrough;
  readonly events?: EdgeEvents;
  /** Does a request bring reports? `caughtUp` waits for those that do; without it, for all. */
  readonly isReport?: IsReport;
  /** Connections that may wait to be accepted; the kernel has its own bound too (somaxconn). */
  readonly backlog?: number;
  readonly patience?: Patience;
  /** Called with errors thrown by the application or a handler. The peer only sees an internal error. */
  readonly onError?: (error: unknown) => void;
  /**
   * Called when a connection could not be accepted because no descriptor was free, as far as the runtime reports it.
   */
  readonly onAcceptFailed?: () => void;
}

export interface Edge {
  /** `http://127.0.0.1:8774`, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  stats(): EdgeStats;
  /** Uses this certificate for new connections; open ones keep theirs. Only with TLS. */
  renewTls(tls: { readonly cert: string; readonly key: string }): void;
  /**
   * Resolves when the runtime has taken from the kernel everything that had reached the port at the time of the call,
   * and the requests with reports among it have begun.
   */
  caughtUp(): Promise<void>;
  /** Stops accepting, lets running requests finish for a while, then ends the rest. */
  close(): Promise<void>;
}

export interface EdgeStats {
  readonly connections: number;
  /** Bytes of answers that the kernel has not taken. */
  readonly unsentBytes: number;
}

/**
 * Time-outs of a peer, in milliseconds: for the head of its request, for the whole request, and between two looks of
 * ours.
 */
export type Patience = Pick<
  ServerOptions,
  'headersTimeout' | 'requestTimeout' | 'connectionsCheckingInterval'
> & {
  /** The window in which the rate of a body is measured. */
  readonly bodyWindow?: number;
  /** The time in which the kernel must take something of what is written to a peer. */
  readonly stall?: number;
};
