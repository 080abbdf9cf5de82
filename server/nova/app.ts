/** The compute API as a Hono app: version documents at `/`, the API at `/v2.1` and, without microversions, at `/v2`. */
import { Hono } from 'hono';
import type { BaseUrl } from '../config/base-url.ts';
import type { Authenticator } from '../identity/identity.ts';
import { authenticated, type Env } from '../identity/middleware.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Call, Nova, Operation } from './call.ts';
import { type DoorOptions, notRouted, open, refuse, requestIds, served } from './door.ts';
import { NovaFault } from './faults.ts';
import { ROUTES } from './routes.ts';
import { versionChoices, versionDocument, versionList } from './versions.ts';

export interface NovaOptions extends Nova {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly baseUrl: BaseUrl;
  readonly logger: Pick<Logger, 'error'>;
  readonly clientAddress?: (request: Request) => string | undefined;
}

/** A project id in a path, as Nova's routes take it. */
const PROJECT = ':project{[0-9a-f-]+}';

/**
 * To be mounted at `/` after every other door: like Nova it answers each path that nobody else does, with the
 * choice of its versions.
 */
export function createNovaApp(options: NovaOptions): Hono<Env> {
  const app = new Hono<Env>();
  app.onError((error, c) => refuse(c, error, options.logger));
  app.all('/', (c) => c.json(versionList(options.baseUrl(c.req.raw))));
  mountVersion(app, '/v2.1', options);
  mountVersion(app, '/v2', options);
  app.all('*', (c) => c.json(versionChoices(options.baseUrl(c.req.raw), c.req.path), 300));
  return app;
}

function mountVersion(app: Hono<Env>, root: Call['root'], options: NovaOptions): void {
  const { authenticator, baseUrl, logger, clientAddress } = options;
  const door: DoorOptions = { nova: options, root, baseUrl, clientAddress, logger };
  const document = open((base) => versionDocument(root, base), door);

  app.use(`${root}/*`, requestIds(options.uuid));
  // The document of a version is for everybody, whatever token comes with the question.
  app.all(root, document);
  app.all(`${root}/`, document);
  app.use(
    `${root}/*`,
    authenticated(authenticator, {
      door: 'nova',
      baseUrl,
      ...(clientAddress === undefined ? {} : { clientAddress }),
    }),
  );
  // To Nova's router a HEAD is no GET.
  app.use(`${root}/*`, async (c, next) => (c.req.method === 'HEAD' ? notRouted(c) : next()));
  const ofVersion: Operation = async (call) => {
    if (call.param('id') !== versionDocument(root, '').version.id)
      throw new NovaFault(404, 'There is no such version.');
    return { status: 200, body: versionDocument(root, call.base) };
  };
  app.get(`${root}/versions/:id`, served(ofVersion, door));
  const ofProject: Operation = async (call) => ({ status: 200, body: versionDocument(root, call.base) });
  app.get(`${root}/${PROJECT}`, served(ofProject, door));
  app.get(`${root}/${PROJECT}/`, served(ofProject, door));
  for (const { method, path, operation, ...versions } of ROUTES) {
    app.on(method, [`${root}${path}`, `${root}/${PROJECT}${path}`], served(operation, door, versions));
  }
  app.all(`${root}/*`, notRouted);
}
