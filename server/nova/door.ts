/** HTTP on one side, operations on the other: versions, media types, bodies, faults and the headers of every answer. */
import type { Context, Handler, MiddlewareHandler } from 'hono';
import type { BaseUrl } from '../config/base-url.ts';
import type { Env } from '../identity/middleware.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Answer, Call, Nova, Operation } from './call.ts';
import { badRequest, faultOf, NovaFault } from './faults.ts';
import { MAX_VERSION, MIN_VERSION, type Microversion, negotiate, versionText } from './microversions.ts';
import type { Route } from './routes.ts';

const JSON_TYPE = 'application/json';
const VENDOR_TYPE = 'application/vnd.openstack.compute+json';

/** Largest body, as oslo.middleware's default. */
const MAX_BODY = 114_688;

export interface DoorOptions {
  readonly nova: Nova;
  readonly root: Call['root'];
  readonly baseUrl: BaseUrl;
  readonly clientAddress?: ((request: Request) => string | undefined) | undefined;
  readonly logger: Pick<Logger, 'error'>;
}

/** Both spellings of the request id, on everything below the API's root, refusals of tokens included. */
export function requestIds(uuid: () => string): MiddlewareHandler {
  return async (c, next) => {
    const id = `req-${uuid()}`;
    c.header('X-Compute-Request-Id', id);
    c.header('X-OpenStack-Request-Id', id);
    await next();
  };
}

/** An operation as a handler behind the token filter. The order of checks is Nova's. */
export function served(
  operation: Operation,
  options: DoorOptions,
  { since = MIN_VERSION, until = MAX_VERSION }: Pick<Route, 'since' | 'until'> = {},
): Handler<Env> {
  const legacy = options.root === '/v2';
  return async (c) => {
    let version: Microversion | undefined;
    try {
      version = legacy ? MIN_VERSION : negotiate(c.req.raw.headers);
      if (!legacy) announce(c, versionText(version));
      refuseMediaType(c.req.raw.headers);
      const body = await readBody(c.req.raw);
      refuseOtherProject(c);
      if (version < since || version > until) throw new NovaFault(404, 'The resource could not be found.');
      return respond(c, await operation(callOf(c, options, version, body), options.nova));
    } catch (error) {
      return refuse(c, error, options.logger);
    }
  };
}

/** A document that needs no token; the version asked for is checked and told all the same. */
export function open(document: (base: string) => unknown, options: DoorOptions): Handler<Env> {
  return (c) => {
    try {
      if (options.root === '/v2.1') announce(c, versionText(negotiate(c.req.raw.headers)));
      return respond(c, { status: 200, body: document(options.baseUrl(c.req.raw)) });
    } catch (error) {
      return refuse(c, error, options.logger);
    }
  };
}

/** A thing that was thrown as an answer. What is not meant for the caller goes to the log with the request's id. */
export function refuse(c: Context, error: unknown, logger: Pick<Logger, 'error'>): Response {
  const fault = faultOf(error);
  if (fault.status >= 500 && fault.status !== 501) {
    const requestId = c.res.headers.get('x-compute-request-id');
    logger.error({ err: error, requestId, method: c.req.method, path: c.req.path }, 'compute API failed');
  }
  if (fault.status === 503 || fault.status === 507) c.header('Retry-After', '5');
  if (error instanceof NovaFault && error.apiVersion !== undefined) announce(c, error.apiVersion);
  return c.body(JSON.stringify(fault.body), fault.status as 400, {
    'Content-Type': `${JSON_TYPE}; charset=UTF-8`,
  });
}

/** A path or method that is none. Not in the shape of a fault: in Nova the router answers before the API does. */
export function notRouted(c: Context): Response {
  return c.json(
    { message: 'The resource could not be found.', code: '404 Not Found', title: 'Not Found' },
    404,
  );
}

function announce(c: Context, version: string): void {
  c.header('OpenStack-API-Version', `compute ${version}`);
  c.header('X-OpenStack-Nova-API-Version', version);
  c.header('Vary', 'OpenStack-API-Version');
  c.header('Vary', 'X-OpenStack-Nova-API-Version', { append: true });
}

function callOf(c: Context<Env>, options: DoorOptions, version: Microversion, body: unknown): Call {
  const url = new URL(c.req.url);
  return {
    identity: c.var.identity,
    address: options.clientAddress?.(c.req.raw),
    version,
    legacy: options.root === '/v2',
    base: options.baseUrl(c.req.raw),
    requestId: c.res.headers.get('x-compute-request-id') ?? '',
    root: options.root,
    url,
    query: queryOf(url),
    param: (name) => c.req.param(name) ?? '',
    body,
  };
}

function queryOf(url: URL): URLSearchParams {
  const query = url.searchParams;
  const broken = [...query].some(([name, value]) => `${name}${value}`.includes('\uFFFD'));
  if (broken && !/%EF%BF%BD/i.test(url.search)) throw badRequest('Query string is not UTF-8 encoded.');
  return query;
}

/** Asked of every method, as Nova does; a text or no type counts as JSON. */
function refuseMediaType(headers: Headers): void {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!['', 'text/plain', JSON_TYPE, VENDOR_TYPE].includes(type)) {
    throw new NovaFault(415, `Unsupported Content-Type. Send ${JSON_TYPE}.`);
  }
}

async function readBody(request: Request): Promise<unknown> {
  if (request.method !== 'POST' && request.method !== 'PUT') return null;
  const bytes = await bounded(request);
  if (bytes.length === 0) return null;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw badRequest('Malformed request body: it is no JSON in UTF-8.');
  }
}

async function bounded(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY) throw new NovaFault(413, `The request body is larger than ${MAX_BODY} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refuseOtherProject(c: Context<Env>): void {
  const named = c.req.param('project');
  const { projectId } = c.var.identity;
  if (named !== undefined && named !== projectId) {
    throw badRequest(
      `Malformed request URL: its project_id '${named}' doesn't match the project_id '${projectId}' of the token.`,
    );
  }
}

function respond(c: Context, answer: Answer): Response {
  for (const [name, value] of Object.entries(answer.headers ?? {})) c.header(name, value);
  if (answer.body === undefined) return c.body(null, answer.status as 204);
  const type = answerType(c.req.header('accept'));
  return c.body(JSON.stringify(answer.body), answer.status as 200, { 'Content-Type': type });
}

/** JSON for everybody, and by its own name for who prefers that. An Accept that rules out both still gets JSON. */
function answerType(accept: string | undefined): string {
  const qualities = new Map<string, number>();
  for (const offer of accept?.toLowerCase().split(',') ?? []) {
    const [type = '', ...parameters] = offer.split(';').map((part) => part.trim());
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    qualities.set(type, q === undefined ? 1 : Number(q));
  }
  const any = qualities.get('application/*') ?? qualities.get('*/*') ?? 0;
  const vendor = qualities.get(VENDOR_TYPE) ?? any;
  return vendor > (qualities.get(JSON_TYPE) ?? any) ? VENDOR_TYPE : JSON_TYPE;
}
