/** The compute API as a Hono app: version documents at `/`, the API at `/v2.1` and, without microversions, at `/v2`. */
import { Hono } from 'hono';
import type { BaseUrl } from '../config/base-url.ts';
import type { Authenticator } from '../identity/identity.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Call, Nova, Operation } from './call.ts';
import { type DoorOptions, open, refuse, served } from './door.ts';
import { NovaFault } from './faults.ts';
import { Router } from './router.ts';
import { ROUTES, type Route } from './routes.ts';
import { versionChoices, versionDocument, versionList } from './versions.ts';

export interface NovaOptions extends Nova {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly baseUrl: BaseUrl;
  readonly logger: Pick<Logger, 'error'>;
  readonly clientAddress?: (request: Request) => string | undefined;
}

/**
 * To be asked after every other door: like Nova it answers each path that nobody else does, with the choice of its
 * versions.
 */
export function createNovaApp(options: NovaOptions): Hono {
  const app = new Hono();
  app.onError((error, c) => refuse(c.req, error, options.logger));
  app.all('/', (c) => c.json(versionList(options.baseUrl(c.req.raw))));
  mountVersion(app, '/v2.1', options);
  mountVersion(app, '/v2', options);
  return app.notFound((c) => c.json(versionChoices(options.baseUrl(c.req.raw), c.req.path), 300));
}

function mountVersion(app: Hono, root: Call['root'], options: NovaOptions): void {
  const door: DoorOptions = { ...options, nova: options, root };
  // The document of a version is for everybody, whatever token comes with the question.
  const document = open((base) => versionDocument(root, base), door);
  app.all(root, document);
  app.all(`${root}/`, document);
  app.all(`${root}/*`, served(new Router([...ROUTES, ...documentsOf(root)]), door));
}

/** The document once more, for who asks with a token; the second path is that of a project alone. */
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
