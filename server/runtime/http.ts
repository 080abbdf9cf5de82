/**
 * One edge for Node and Deno: HTTP and WebSocket on one port, plain or TLS. A bad peer harms its own connection only.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, type HttpBindings, RequestError } from '@hono/node-server';
import { type PlainAnswer, plainJson, toResponse } from '../plain-http.ts';
import { answerBadRequest, badRequest } from './bad-request.ts';
import { type EdgeLimits, Guard } from './connections/guard.ts';
import { OwnConnections } from './connections/own-connection.ts';
import { nameHost, peerOf } from './connections/peer.ts';
import { endSlowBodies } from './connections/slow-bodies.ts';
import { directListener } from './direct.ts';
import type { Edge, EdgeOptions } from './edge.ts';
import { Upgrader } from './upgrade.ts';

const UNBOUNDED: EdgeLimits = {
  connections: { total: Number.POSITIVE_INFINITY, perAddress: Number.POSITIVE_INFINITY },
  unsent: { perConnection: 64 * 1024 ** 2, perAddress: 128 * 1024 ** 2, total: 256 * 1024 ** 2 },
};

const OUT_OF_DESCRIPTORS: ReadonlySet<string | undefined> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
]);

/** After a whole provider's reboot thousands of clients connect within a second. */
const BACKLOG = 8_192;
/** How long running requests may continue after `close`. */
const GRACE_MS = 2_000;

const BODY_WINDOW_MS = 10_000;
const STALL_MS = 30_000;
/** For the TLS handshake, during which the peer is unknown. */
const HANDSHAKE_MS = 15_000;

/** Limits for a peer that sends its request slowly, or a large head. */
const GUARDS: ServerOptions = {
  headersTimeout: 15_000,
  // Bulk imports have long bodies, which their handler streams; this limits one that never ends.
  requestTimeout: 300_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
  // An event stream with the maximum of servers names all of them in its URL.
  maxHeaderSize: 64 * 1024,
  // Most requests have no body, so no handler waits for its end.
  optimizeEmptyRequests: true,
};

/** @throws the system's error if the address cannot be listened on */
export async function listen(options: EdgeOptions): Promise<Edge> {
  const onError = options.onError ?? (() => undefined);
  const failed = (error: unknown): PlainAnswer => {
    onError(error);
    return plainJson(500, { error: { code: 'internal', message: 'internal error' } });
  };
  const direct = directListener(options.direct ?? (() => undefined), failed);
  const upgrader = new Upgrader({ handler: options.upgrade, maxFrame: options.maxFrame, onError });
  const answer = getRequestListener(
    (request, env) => {
      const bindings = env as HttpBindings;
      return options.fetch(request, { ...bindings, peer: peerOf(bindings.incoming) });
    },
    {
      // Replaces the runtime's Request and Response: these write their contents directly, without a stream.
      overrideGlobalObjects: true,
      errorHandler: (error) => {
        if (error instanceof RequestError) return badRequest();
        return toResponse(failed(error));
      },
    },
  );
  const guard = new Guard({
    limits: { ...UNBOUNDED, ...options.limits },
    events: options.events ?? {},
    isReport: options.isReport,
    seeThrough: options.seeThrough ?? (() => undefined),
    stall: options.patience?.stall ?? STALL_MS,
  });
  const slowBodies = endSlowBodies(guard.connections, options.patience?.bodyWindow ?? BODY_WINDOW_MS);
  const inTurn = guard.inTurn((incoming, outgoing) => {
    nameHost(incoming);
    if (!direct(incoming, outgoing)) answer(incoming, outgoing);
  });
  const listener: RequestListener = (incoming, outgoing) => {
    slowBodies.arrived(incoming, outgoing);
    inTurn(incoming, outgoing);
  };
  const settings = {
    ...GUARDS,
    ...options.patience,
    shouldUpgradeCallback: wantsWebSocket,
    ServerResponse: guard.responses,
  };
  const server: Server =
    options.tls === undefined
      ? createServer(settings, listener)
      : createTlsServer({ ...settings, handshakeTimeout: HANDSHAKE_MS, ...options.tls }, listener);
  server.maxRequestsPerSocket = 0;
  guard.watch(server);
  server.once('close', slowBodies.stop);
  server.on('upgrade', (incoming, wire, head) => {
    if (wantsWebSocket(incoming)) guard.upgrade(incoming, () => upgrader.handle(incoming, wire, head));
    else serveWithoutUpgrade(server, incoming, wire);
  });
  server.on('clientError', answerBadRequest);
  server.on('tlsClientError', (_error, socket) => socket.destroy());

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port, backlog: options.backlog ?? BACKLOG }, resolve);
  });
  // From here on, errors of the server itself are failed accepts, one for each connection: it continues with the next.
  server.removeAllListeners('error');
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (OUT_OF_DESCRIPTORS.has(error.code)) options.onAcceptFailed?.();
    else onError(error);
  });
  const { port } = server.address() as AddressInfo;
  const own = new OwnConnections(server, options.host, port);
  await own.begin();
  return {
    port,
    caughtUp: async () => {
      await guard.turns.whileAccepting(own.caughtUp());
      await guard.turns.caughtUp();
    },
    url: `${options.tls === undefined ? 'http' : 'https'}://${inUrl(options.host)}:${port}`,
    renewTls: (tls) => (server as TlsServer).setSecureContext(tls),
    stats: () => ({ connections: guard.connections.size, unsentBytes: guard.unsent.total }),
    close: () => close(server, upgrader),
  };
}

/**
 * Is this an upgrade to a WebSocket? Others are ignored, as RFC 9110 allows: a client that offers HTTP/2 with every
 * request (`Upgrade: h2c`, as Java's does) gets its answer over HTTP/1.1.
 */
function wantsWebSocket(incoming: IncomingMessage): boolean {
  return incoming.headers.upgrade?.trim().toLowerCase() === 'websocket';
}

/**
 * The same on runtimes that cannot be asked beforehand (Node before 24.9). There the parser has released the
 * connection, so its body can no longer be read.
 */
function serveWithoutUpgrade(server: Server, incoming: IncomingMessage, wire: Duplex): void {
  const hasBody = incoming.headers['transfer-encoding'] ?? Number(incoming.headers['content-length'] ?? 0);
  if (hasBody !== 0) {
    answerBadRequest(new Error('this upgrade must not have a body'), wire);
    return;
  }
  const response = new ServerResponse(incoming);
  response.shouldKeepAlive = false;
  response.assignSocket(wire as Socket);
  response.on('finish', () => wire.end());
  wire.on('error', () => wire.destroy());
  server.emit('request', incoming, response);
}

async function close(server: Server, upgrader: Upgrader): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const impatient = setTimeout(() => {
    upgrader.terminate();
    server.closeAllConnections();
  }, GRACE_MS);
  await closed;
  clearTimeout(impatient);
  upgrader.terminate();
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
