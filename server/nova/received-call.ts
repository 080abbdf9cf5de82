/** A call of an operation, made from the request that asks for it. */
import type { BaseUrl } from '../config/base-url.ts';
import type { PlainRequest, RequestHead } from '../plain-http.ts';
import type { Call, Nova } from './call.ts';
import { badRequest } from './faults.ts';
import { folded } from './folded.ts';
import type { Routed } from './router.ts';

export interface ReceivedCallContext {
  readonly nova: Nova;
  readonly root: Call['root'];
  readonly baseUrl: BaseUrl;
  readonly clientAddress?: ((request: RequestHead) => string | undefined) | undefined;
}

type Understood = Pick<Call, 'identity' | 'version' | 'body'> & Pick<Routed, 'params'>;

/** A class: an object with a getter of its own takes ten times as long to make. */
export class ReceivedCall implements Call {
  readonly identity: Call['identity'];
  readonly isAdmin: boolean;
  readonly version: Call['version'];
  readonly body: unknown;
  readonly address: string | undefined;
  readonly legacy: boolean;
  readonly base: string;
  readonly requestId: string;
  readonly root: Call['root'];
  readonly path: string;
  readonly query: URLSearchParams;
  readonly #params: Routed['params'];
  readonly #request: PlainRequest;

  constructor(
    request: PlainRequest,
    asked: Understood,
    requestId: string,
    surroundings: ReceivedCallContext,
  ) {
    const { nova, root, baseUrl, clientAddress } = surroundings;
    const { path, search } = partsOf(request);
    this.identity = asked.identity;
    this.isAdmin = nova.policy.isAdmin(asked.identity);
    this.version = asked.version;
    this.body = asked.body;
    this.address = clientAddress?.(request);
    this.legacy = root === '/v2';
    this.base = baseUrl(request);
    this.requestId = requestId;
    this.root = root;
    this.path = folded(path);
    this.query = queryOf(search);
    this.#params = asked.params;
    this.#request = request;
  }

  get signal(): AbortSignal | undefined {
    return this.#request.signal;
  }

  param(name: string): string {
    return this.#params[name] ?? '';
  }
}

/** Of a request's URL, which is in its normal form: to have it parsed once more would cost more than its row. */
function partsOf({ url, path }: PlainRequest): { readonly path: string; readonly search: string } {
  if (path !== undefined) return { path, search: '' };
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
