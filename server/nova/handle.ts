/** Connects HTTP to operations: versions, media types, bodies, faults and the headers of every answer. */
import type { BaseUrl } from '../config/base-url.ts';
import { DomainError, retryAfterOf } from '../domain/errors.ts';
import { refuseNul } from '../domain/nul.ts';
import type { Authenticator, Identity } from '../identity/identity.ts';
import { type AuthenticatedOptions, identify } from '../identity/middleware.ts';
import { CallerGone } from '../limits/fair-queue.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Call, Nova, NovaAnswer } from './call.ts';
import { badRequest, faultOf, NovaFault } from './faults.ts';
import { folded } from './folded.ts';
import { MAX_VERSION, MIN_VERSION, negotiate, versionText } from './microversions.ts';
import { inPieces } from './pieces.ts';
import type { Routed, Router } from './router.ts';

const JSON_TYPE = 'application/json';
const VENDOR_TYPE = 'application/vnd.openstack.compute+json';
const REQUEST_ID = 'X-Compute-Request-Id';

/** Largest body, as oslo.middleware's default. */
const MAX_BODY = 114_688;

export interface HandlerOptions {
  readonly nova: Nova;
  readonly root: Call['root'];
  readonly authenticator: Pick<Authenticator, 'authenticate' | 'challenge'>;
  readonly baseUrl: BaseUrl;
  /** Whether links of this answer were made from what the request says of its host; without it never. */
  readonly repeatsHost?: ((request: Request) => boolean) | undefined;
  readonly clientAddress?: ((request: Request) => string | undefined) | undefined;
  readonly logger: Pick<Logger, 'error'>;
}

/** @param path of the request, decoded */
type Handler = (request: Request, path: string) => Promise<Response>;

/** Headers of one answer, gathered while it is made: a plain object costs a tenth of `Headers`. */
type ResponseHeaders = Record<string, string>;

/** Everything below the root of a version, behind the token filter. The order of checks is Nova's. */
export function served(router: Router, options: HandlerOptions): Handler {
  const { root, nova, logger, authenticator } = options;
  const legacy = root === '/v2';
  const filter = { ...options, api: 'nova' } as AuthenticatedOptions;
  return async (request, path) => {
    const { method, headers } = request;
    const sent = requestIds(nova.uuid);
    try {
      const identity = await identify(request, authenticator, filter);
      if ('status' in identity && options.repeatsHost?.(request)) keepToHost(sent);
      if ('status' in identity) return json(identity.status, identity.body, { ...sent, ...identity.headers });
      if (identity.kind !== 'user') throw new NovaFault(403, 'This token is not good for the compute API.');
      const routed = routeOf(path.slice(root.length), method, router);
      if (routed === undefined) return notRouted(sent);
      const version = legacy ? MIN_VERSION : negotiate(headers);
      if (!legacy) announce(sent, versionText(version));
      refuseMediaType(headers);
      const body = method === 'POST' || method === 'PUT' ? await readBody(request) : undefined;
      refuseOtherProject(routed.params.project, identity);
      const { since = MIN_VERSION, until = MAX_VERSION, operation } = routed.route;
      if (version < since || version > until) throw new NovaFault(404, 'The resource could not be found.');
      const { params } = routed;
      const call = callOf(request, { identity, version, body, params }, sent, options);
      if (options.repeatsHost?.(request)) keepToHost(sent);
      return respond(await operation(call, nova), sent, headers);
    } catch (error) {
      return refuse({ method, path }, error, logger, sent);
    }
  };
}

/** A document that needs no token; the requested version is still checked and announced. */
export function open(document: (base: string) => unknown, options: HandlerOptions): Handler {
  return async (request, path) => {
    const { method, headers } = request;
    const sent = requestIds(options.nova.uuid);
    try {
      if (options.root === '/v2.1') announce(sent, versionText(negotiate(headers)));
      const body = document(options.baseUrl(request));
      if (options.repeatsHost?.(request)) keepToHost(sent);
      return respond({ status: 200, body }, sent, headers);
    } catch (error) {
      return refuse({ method, path }, error, options.logger, sent);
    }
  };
}

/** A thing that was thrown as an answer. What is not meant for the caller goes to the log with the request's id. */
export function refuse(
  { method, path }: { readonly method: string; readonly path: string },
  error: unknown,
  logger: Pick<Logger, 'error'>,
  sent: ResponseHeaders = {},
): Response {
  const fault = faultOf(error);
  // A caller with a retry time asked for too much, and one that hung up gets no answer: neither is a failure of
  // ours.
  const isExpected = error instanceof DomainError && error.retryAfterMs !== undefined;
  if (fault.status >= 500 && fault.status !== 501 && !isExpected && !(error instanceof CallerGone)) {
    logger.error({ err: error, requestId: sent[REQUEST_ID], method, path }, 'compute API failed');
  }
  const wait = error instanceof DomainError ? retryAfterOf(error) : undefined;
  if (wait !== undefined) sent['Retry-After'] = String(wait);
  if (error instanceof NovaFault && error.apiVersion !== undefined) announce(sent, error.apiVersion);
  return json(fault.status, fault.body, sent, `${JSON_TYPE}; charset=UTF-8`);
}

/** To Nova's router a HEAD is no GET. The project may stand before every path, and alone. */
function routeOf(path: string, method: string, router: Router): Routed | undefined {
  const found = router.find(method, path);
  const [, project, rest] = (found === undefined && /^\/([0-9a-f-]+)(\/.*)?$/.exec(path)) || [];
  if (project === undefined) return found;
  const below = router.find(method, rest ?? '/');
  return below && { ...below, params: { ...below.params, project } };
}

/** An unknown path or method. Not in the shape of a fault: in Nova the router answers before the API does. */
function notRouted(sent: ResponseHeaders): Response {
  const message = 'The resource could not be found.';
  return json(404, { message, code: '404 Not Found', title: 'Not Found' }, sent);
}

/** Both spellings of the request id, on everything below the API's root, refusals of tokens included. */
function requestIds(uuid: () => string): ResponseHeaders {
  const id = `req-${uuid()}`;
  return { [REQUEST_ID]: id, 'X-OpenStack-Request-Id': id };
}

function announce(headers: ResponseHeaders, version: string): void {
  headers['OpenStack-API-Version'] = `compute ${version}`;
  headers['X-OpenStack-Nova-API-Version'] = version;
  headers.Vary = 'OpenStack-API-Version, X-OpenStack-Nova-API-Version';
}

/** A cache must not give another client links to a host that this one named. */
export function keepToHost(headers: ResponseHeaders): ResponseHeaders {
  headers['Cache-Control'] = 'no-store';
  headers.Vary = headers.Vary === undefined ? 'Host' : `${headers.Vary}, Host`;
  return headers;
}

type CallRequest = Pick<Call, 'identity' | 'version' | 'body'> & Pick<Routed, 'params'>;

function callOf(request: Request, asked: CallRequest, sent: ResponseHeaders, options: HandlerOptions): Call {
  const { identity, version, body, params } = asked;
  const { path, search } = partsOf(request.url);
  return {
    identity,
    isAdmin: options.nova.policy.isAdmin(identity),
    version,
    body,
    address: options.clientAddress?.(request),
    legacy: options.root === '/v2',
    base: options.baseUrl(request),
    requestId: sent[REQUEST_ID] ?? '',
    root: options.root,
    path: folded(path),
    query: queryOf(search),
    get signal() {
      return request.signal;
    },
    param: (name) => params[name] ?? '',
  };
}

/** Of a request's URL, which is in its normal form: to have it parsed once more would cost more than its row. */
function partsOf(url: string): { readonly path: string; readonly search: string } {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  const fragment = url.indexOf('#', start);
  const end = fragment < 0 ? url.length : fragment;
  const mark = url.indexOf('?', start);
  const query = mark < 0 || mark > end ? end : mark;
  return { path: url.slice(start, query), search: url.slice(query, end) };
}

const NO_QUERY = new URLSearchParams();

function queryOf(search: string): URLSearchParams {
  if (search === '') return NO_QUERY;
  const query = new URLSearchParams(search);
  const broken = [...query].some(([name, value]) => `${name}${value}`.includes('\uFFFD'));
  if (broken && !/%EF%BF%BD/i.test(search)) throw badRequest('Query string is not UTF-8 encoded.');
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
  const bytes = await bounded(request);
  if (bytes.length === 0) return undefined;
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw badRequest('Malformed request body: it is no JSON in UTF-8.');
  }
  refuseNul(text, value);
  return value;
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

function refuseOtherProject(named: string | undefined, { projectId }: Identity): void {
  if (named !== undefined && named !== projectId) {
    throw badRequest(
      `Malformed request URL: its project_id '${named}' doesn't match the project_id '${projectId}' of the token.`,
    );
  }
}

function respond(
  { status, body, text, texts, headers }: NovaAnswer,
  sent: ResponseHeaders,
  asked: Headers,
): Response {
  if (headers !== undefined) Object.assign(sent, headers);
  const type = answerType(asked.get('accept'));
  if (texts !== undefined) return typed(status, inPieces(texts), sent, type);
  if (body === undefined && text === undefined) return new Response(null, { status, headers: sent });
  return typed(status, text ?? JSON.stringify(body), sent, type);
}

function json(status: number, body: unknown, sent: ResponseHeaders, type?: string): Response {
  return typed(status, JSON.stringify(body), sent, type);
}

function typed(
  status: number,
  body: string | ReadableStream<Uint8Array>,
  sent: ResponseHeaders,
  type = JSON_TYPE,
): Response {
  sent['Content-Type'] = type;
  return new Response(body, { status, headers: sent });
}

/** JSON for everybody, and by its own name for who prefers that. An Accept that rules out both still gets JSON. */
function answerType(accept: string | null): string {
  if (accept === null || accept === '*/*') return JSON_TYPE;
  const qualities = new Map<string, number>();
  for (const offer of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = offer.split(';').map((part) => part.trim());
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    qualities.set(type, q === undefined ? 1 : Number(q));
  }
  const any = qualities.get('application/*') ?? qualities.get('*/*') ?? 0;
  const vendor = qualities.get(VENDOR_TYPE) ?? any;
  return vendor > (qualities.get(JSON_TYPE) ?? any) ? VENDOR_TYPE : JSON_TYPE;
}
