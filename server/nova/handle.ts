/** Connects HTTP to operations: versions, media types, bodies, faults and the headers of every answer. */
import type { BaseUrl } from '../config/base-url.ts';
import { DomainError, retryAfterOf } from '../domain/errors.ts';
import { refuseNul } from '../domain/nul.ts';
import type { Authenticator, Identity } from '../identity/identity.ts';
import { type AuthenticatedOptions, identify } from '../identity/middleware.ts';
import { isCallerGone } from '../limits/caller-gone.ts';
import type { PlainAnswer, PlainRequest, RequestHead } from '../plain-http.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Call, Nova, NovaAnswer } from './call.ts';
import { badRequest, faultOf, NovaFault } from './faults.ts';
import { MAX_VERSION, MIN_VERSION, negotiate, versionText } from './microversions.ts';
import { inPieces } from './pieces.ts';
import { ReceivedCall } from './received-call.ts';
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
  /** Whether links of this answer use the host that the request names; by default they do not. */
  readonly repeatsHost?: ((request: RequestHead) => boolean) | undefined;
  readonly clientAddress?: ((request: RequestHead) => string | undefined) | undefined;
  readonly logger: Pick<Logger, 'error'>;
}

/** A large body is sent piece by piece. */
export type Answer = PlainAnswer<ReadableStream<Uint8Array>>;

/** @param path of the request, decoded */
type Handler = (request: PlainRequest, path: string) => Promise<Answer>;

/** Headers of one answer, gathered while it is made: a plain object costs a tenth of `Headers`. */
type ResponseHeaders = Record<string, string>;

/** Everything below the root of a version, behind the token filter. Checks run in Nova's order. */
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
      if (identity.kind !== 'user') throw new NovaFault(403, 'This token is not for the compute API.');
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
      const call = new ReceivedCall(
        request,
        { identity, version, body, params },
        sent[REQUEST_ID] ?? '',
        options,
      );
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

/** Turns a thrown value into an answer. Details that the caller must not see go to the log, with the request's id. */
export function refuse(
  { method, path }: { readonly method: string; readonly path: string },
  error: unknown,
  logger: Pick<Logger, 'error'>,
  sent: ResponseHeaders = {},
): Answer {
  const fault = faultOf(error);
  // Not failures of ours: a caller with a retry time asked for too much, and one that hung up gets no answer.
  const isExpected = error instanceof DomainError && error.retryAfterMs !== undefined;
  if (fault.status >= 500 && fault.status !== 501 && !isExpected && !isCallerGone(error)) {
    logger.error({ err: error, requestId: sent[REQUEST_ID], method, path }, 'compute API failed');
  }
  const wait = error instanceof DomainError ? retryAfterOf(error) : undefined;
  if (wait !== undefined) sent['Retry-After'] = String(wait);
  if (error instanceof NovaFault && error.apiVersion !== undefined) announce(sent, error.apiVersion);
  return json(fault.status, fault.body, sent, `${JSON_TYPE}; charset=UTF-8`);
}

/** Nova's router does not take a HEAD for a GET. The project may stand before every path, and alone. */
function routeOf(path: string, method: string, router: Router): Routed | undefined {
  const found = router.find(method, path);
  const [, project, rest] = (found === undefined && /^\/([0-9a-f-]+)(\/.*)?$/.exec(path)) || [];
  if (project === undefined) return found;
  const below = router.find(method, rest ?? '/');
  return below && { ...below, params: { ...below.params, project } };
}

/** An unknown path or method. Not a fault in form: in Nova the router answers before the API does. */
function notRouted(sent: ResponseHeaders): Answer {
  const message = 'The resource could not be found.';
  return json(404, { message, code: '404 Not Found', title: 'Not Found' }, sent);
}

/** Both spellings of the request id, on everything below the API's root, refused tokens included. */
function requestIds(uuid: () => string): ResponseHeaders {
  const id = `req-${uuid()}`;
  return { 'X-Compute-Request-Id': id, 'X-OpenStack-Request-Id': id };
}

function announce(headers: ResponseHeaders, version: string): void {
  headers['OpenStack-API-Version'] = `compute ${version}`;
  headers['X-OpenStack-Nova-API-Version'] = version;
  headers.Vary = 'OpenStack-API-Version, X-OpenStack-Nova-API-Version';
}

/** A cache must not give other clients the links made from the host that this client named. */
export function keepToHost(headers: ResponseHeaders): ResponseHeaders {
  headers['Cache-Control'] = 'no-store';
  headers.Vary = headers.Vary === undefined ? 'Host' : `${headers.Vary}, Host`;
  return headers;
}

/** Checked for every method, as in Nova; a text or no type counts as JSON. */
function refuseMediaType(headers: RequestHead['headers']): void {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!['', 'text/plain', JSON_TYPE, VENDOR_TYPE].includes(type)) {
    throw new NovaFault(415, `Unsupported Content-Type. Send ${JSON_TYPE}.`);
  }
}

async function readBody(request: PlainRequest): Promise<unknown> {
  const bytes = await bounded(request);
  if (bytes.length === 0) return undefined;
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw badRequest('Malformed request body: it is not JSON in UTF-8.');
  }
  refuseNul(text, value);
  return value;
}

async function bounded(request: PlainRequest): Promise<Uint8Array> {
  const declared = request.headers.get('content-length');
  if (Number(declared ?? 0) > MAX_BODY) throw tooLarge();
  // The HTTP parser stops at the declared length, so no stream is needed, which costs a tenth of a commit.
  if (declared !== null && request.headers.get('transfer-encoding') === null && request.arrayBuffer)
    return new Uint8Array(await request.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): NovaFault {
  return new NovaFault(413, `The request body is larger than ${MAX_BODY} bytes.`);
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
  asked: RequestHead['headers'],
): Answer {
  if (headers !== undefined) Object.assign(sent, headers);
  const type = answerType(asked.get('accept'));
  if (texts !== undefined) return typed(status, inPieces(texts), sent, type);
  if (body === undefined && text === undefined) return { status, headers: sent, body: null };
  return typed(status, text ?? JSON.stringify(body), sent, type);
}

function json(status: number, body: unknown, sent: ResponseHeaders, type?: string): Answer {
  return typed(status, JSON.stringify(body), sent, type);
}

function typed(
  status: number,
  body: string | ReadableStream<Uint8Array>,
  sent: ResponseHeaders,
  type = JSON_TYPE,
): Answer {
  sent['Content-Type'] = type;
  return { status, headers: sent, body };
}

/**
 * JSON for every client, under its own name for those that prefer that. An Accept that excludes both still gets JSON.
 */
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
