/** The compute API: version documents at `/`, the API at `/v2.1` and, without microversions, at `/v2`. */
import { getPath } from 'hono/utils/url';
import type { BaseUrl } from '../config/base-url.ts';
import type { Authenticator } from '../identity/identity.ts';
import { type PlainRequest, plainJson, type RequestHead, toResponse } from '../plain-http.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Call, Nova, Operation } from './call.ts';
import { NovaFault } from './faults.ts';
import { folded } from './folded.ts';
import { type Answer, type HandlerOptions, keepToHost, open, refuse, served } from './handle.ts';
import { Router } from './router.ts';
import { ROUTES, type Route } from './routes.ts';
import { versionChoices, versionDocument, versionList } from './versions.ts';

export interface NovaOptions extends Nova {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly baseUrl: BaseUrl;
  readonly logger: Pick<Logger, 'error'>;
  readonly repeatsHost?: (request: RequestHead) => boolean;
  readonly clientAddress?: (request: RequestHead) => string | undefined;
}

export interface NovaApp {
  fetch(request: Request): Promise<Response>;
  answer(request: PlainRequest): Promise<Answer>;
}

/**
 * Mount it last: like Nova it answers every path that no other API serves, with the choice of its versions. No
 * framework in between: pollers come here, and a framework's routing would cost more than their answer.
 */
export function createNovaApp(options: NovaOptions): NovaApp {
  const versions = [versionAt('/v2.1', options), versionAt('/v2', options)];
  async function below(request: PlainRequest, path: string): Promise<Answer> {
    for (const { root, document, operations } of versions) {
      if (path === root || path === `${root}/`) return document(request, path);
      if (path.startsWith(`${root}/`)) return operations(request, path);
    }
    const base = options.baseUrl(request);
    const headers = options.repeatsHost?.(request) ? keepToHost({}) : {};
    if (path === '/') return plainJson(200, versionList(base), headers);
    return plainJson(300, versionChoices(base, path), headers);
  }
  async function answer(request: PlainRequest): Promise<Answer> {
    const path = folded(request.path ?? getPath(request as Request));
    const { method } = request;
    try {
      const answered = await below(request, path);
      return method === 'HEAD' ? { ...answered, body: null } : answered;
    } catch (error) {
      return refuse({ method, path }, error, options.logger);
    }
  }
  return { answer, fetch: async (request) => toResponse(await answer(request)) };
}

function versionAt(root: Call['root'], options: NovaOptions) {
  const handlerOptions: HandlerOptions = { ...options, nova: options, root };
  return {
    root,
    // The document of a version needs no token, and ignores one.
    document: open((base) => versionDocument(root, base), handlerOptions),
    operations: served(new Router([...ROUTES, ...documentsOf(root)]), handlerOptions),
  };
}

/** The same document for a request with a token; the second path is that of a project alone. */
function documentsOf(root: Call['root']): readonly Route[] {
  const ofVersion: Operation = async (call) => {
    if (call.param('id') !== versionDocument(root, '').version.id)
      throw new NovaFault(404, 'There is no such version.');
    return { status: 200, body: versionDocument(root, call.base) };
  };
  const ofProject: Operation = async (call) => ({ status: 200, body: versionDocument(root, call.base) });
  return [
    { method: 'GET', path: '/versions/:id', operation: ofVersion },
    { method: 'GET', path: '/', operation: ofProject },
  ];
}
