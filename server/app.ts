/** Mounts the endpoints in the order in which requests try them. Opens nothing; knows no port and no database. */
import { type Env, Hono } from 'hono';
import { getPath } from 'hono/utils/url';
import type { Origin } from './config/base-url.ts';
import { nulProblem, urlHoldsNul } from './domain/nul.ts';
import { inKeystonesCase } from './identity/keystone-v3/header-case.ts';
import { methodsOf, withoutTrailingSlash } from './identity/keystone-v3/paths.ts';
import type { NovaApp } from './nova/app.ts';
import { faultBody } from './nova/faults.ts';
import { keepToHost } from './nova/handle.ts';
import {
  type DirectHandler,
  type PlainAnswer,
  type PlainRequest,
  type RequestHead,
  toResponse,
} from './plain-http.ts';
import { refusal, type UpgradeHandler } from './socket/handshake.ts';
import type { Events } from './telemetry/events.ts';
import type { Tracing } from './telemetry/tracing.ts';

/** Adds a sub-application's paths to the application. */
export type Mount = (app: Hono) => unknown;

export function mount<E extends Env>(part: Hono<E>): Mount {
  return (app) => app.route('/', part);
}

export interface AppEndpoints {
  /** `/identity`, `/v1/…`, `/healthz` and the like. Each answers its own paths and leaves the rest to the others. */
  readonly own: readonly Mount[];
  /** Answers everything else, as Nova does. */
  readonly nova: NovaApp;
  /** POST handlers by path, tried before all others. */
  readonly posts: Readonly<Record<string, (request: PlainRequest) => Promise<PlainAnswer>>>;
  /** WebSocket endpoints by path. */
  readonly sockets: Readonly<Record<string, UpgradeHandler>>;
}

export interface App {
  fetch(request: Request, env: { readonly peer: string | undefined }): Promise<Response>;
  /**
   * The handler for requests that come thousands of times a second, if this is such a request. `fetch` answers them
   * too.
   */
  direct(method: string, target: string): DirectHandler | undefined;
  readonly upgrade: UpgradeHandler;
  /** The registered routes: method, or `ALL`, and path with `:name` for what varies. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
}

export function createApp(endpoints: AppEndpoints, origin: Origin, events: Events, tracing?: Tracing): App {
  const app = new Hono({ getPath: (request) => withoutTrailingSlash(getPath(request)) });
  for (const path of Object.keys(endpoints.sockets)) {
    app.all(path, (c) => {
      if (!['GET', 'HEAD'].includes(c.req.method)) return methodRefused(c.req.method, ['GET']);
      const message = 'this is a WebSocket: connect with Upgrade: websocket';
      return c.json({ error: { code: 'upgrade_required', message } }, 426, { Upgrade: 'websocket' });
    });
  }
  for (const add of endpoints.own) add(app);
  app.all('/v1/*', (c) =>
    c.json({ error: { code: 'not_found', message: `There is nothing at ${c.req.path}` } }, 404),
  );
  app.notFound((c) => endpoints.nova.fetch(c.req.raw));
  const registered = [
    ...app.routes.map(({ method, path }) => ({ method, path })),
    ...Object.keys(endpoints.posts).map((path) => ({ method: 'POST', path })),
    ...Object.keys(endpoints.sockets).map((path) => ({ method: 'GET', path })),
  ];
  const methodsAt = methodsOf(registered);
  /** The API answers 405 for a path that it serves with other methods. */
  const orMethods = (found: Response, method: string, path: string): Response => {
    const methods = methodsAt(withoutTrailingSlash(path));
    return methods.length === 0 || methods.includes(method) ? found : methodRefused(method, methods);
  };
  /** The same as `fetch`, for an answer that is not a web object. */
  const directly =
    (api: string, handler: DirectHandler): DirectHandler =>
    async (request, peer) => {
      const start = performance.now();
      origin.arrived(request, peer);
      const answer = () => handler(request, peer);
      const found = await (tracing === undefined ? answer() : traced(tracing, api, request, answer));
      if (api !== 'nova' && origin.repeatsHost(request)) keepToHost(found.headers);
      events.requestAnswered(api, request.method, found.status, (performance.now() - start) / 1000);
      return found;
    };
  const directPosts = Object.fromEntries(
    Object.entries(endpoints.posts).map(([path, handler]) => [path, directly(apiOf(path), handler)]),
  );
  const shown = directly('nova', endpoints.nova.answer);
  return {
    routes: registered,
    async fetch(request, env) {
      const start = performance.now();
      origin.arrived(request, env.peer);
      const path = getPath(request);
      const api = apiOf(path);
      if (urlHoldsNul(request.url)) return nulRefused(api);
      // Without trying the other routes: pollers and agents come here.
      const posted = request.method === 'POST' ? endpoints.posts[path] : undefined;
      const answer = async () =>
        posted === undefined
          ? (api === 'nova' ? endpoints.nova : app).fetch(request, env)
          : toResponse(await posted(request));
      const found = await (tracing === undefined ? answer() : traced(tracing, api, request, answer));
      const answered = isNothing(found) && api !== 'nova' ? orMethods(found, request.method, path) : found;
      // The compute API does this itself: pollers come there, and a Headers object would cost them too much.
      if (!path.startsWith('/v2') && origin.repeatsHost(request)) keepResponseToHost(answered.headers);
      const isIdentity = path.startsWith('/identity');
      const response = isIdentity ? await inKeystonesCase(answered) : answered;
      events.requestAnswered(api, request.method, response.status, (performance.now() - start) / 1000);
      return response;
    },
    direct: (method, target) =>
      method === 'POST'
        ? directPosts[target]
        : method === 'GET' && ONE_SERVER.test(target)
          ? shown
          : undefined,
    async upgrade(request, address) {
      const { pathname } = new URL(request.url);
      const handler = endpoints.sockets[pathname];
      if (urlHoldsNul(request.url)) return refusal(400, 'invalid', nulProblem('The URL'));
      if (handler === undefined) return refusal(404, 'not_found', `There is no WebSocket at ${pathname}`);
      origin.arrived(request, address);
      return handler(request, origin.clientAddress(request));
    },
  };
}

/** A server by its id, without a query: the request that pollers repeat. */
const ONE_SERVER = /^\/v2\.1\/(?:[0-9a-f]{32}\/)?servers\/[0-9a-f-]{36}$/;

/** No route answered, or only the compute API's choice of versions. */
function isNothing({ status }: Response): boolean {
  return status === 404 || status === 300;
}

function methodRefused(method: string, methods: readonly string[]): Response {
  const Allow = methods.join(', ');
  const message = `There is no ${method} here; there is ${Allow}`;
  return Response.json({ error: { code: 'invalid', message } }, { status: 405, headers: { Allow } });
}

/** The Host of the request chose the links: a cache must not give them to other clients. */
function keepResponseToHost(headers: Headers): void {
  headers.set('Cache-Control', 'no-store');
  if (!/\bhost\b/i.test(headers.get('vary') ?? '')) headers.append('Vary', 'Host');
}

/**
 * The path is an attribute, not the span name, which would have a value for each server. The query is left out, since
 * it may hold anything.
 */
function traced<A extends { readonly status: number }>(
  tracing: Tracing,
  api: string,
  request: RequestHead,
  answer: () => A | Promise<A>,
): Promise<A> {
  const { method, headers } = request;
  const attributes = {
    'http.request.method': method,
    'url.path': request.path ?? getPath(request as Request),
  };
  return tracing.span(`${method} ${api}`, { attributes, headers }, async (note) => {
    const response = await answer();
    note.set({ 'http.response.status_code': response.status });
    return response;
  });
}

/** Answers in the error format of each API. */
function nulRefused(api: string): Response {
  const message = nulProblem('The URL');
  const body =
    api === 'nova'
      ? faultBody(400, message)
      : {
          error:
            api === 'identity' ? { code: 400, message, title: 'Bad Request' } : { code: 'invalid', message },
        };
  return Response.json(body, { status: 400 });
}

/** The API that a path belongs to, as a metric label: few values, whatever path a client sends. */
function apiOf(path: string): string {
  if (path.startsWith('/v2')) return 'nova';
  if (path.startsWith('/identity')) return 'identity';
  return path.startsWith('/v1/') ? 'v1' : 'other';
}
