/**
 * A minimal image service. hostbeat keeps no images, but openstackclient before 6.3 will not list a server unless
 * the catalog names an image service that answers its version document. Lists are empty. A look-up by UUID is
 * answered, because `openstack server create --image` and `rebuild` look first, and servers are registered with
 * whatever image their cloud gave them: the answer has the id and nothing that is unknown.
 */
import { Hono } from 'hono';
import type { BaseUrl } from '../config/base-url.ts';
import type { Authenticator } from '../identity/identity.ts';
import { type AuthenticatedOptions, authenticated, type Env } from '../identity/middleware.ts';

export interface ImagesOptions extends Pick<AuthenticatedOptions, 'clientAddress'> {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly baseUrl: BaseUrl;
}

const UUID = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}';

/** Mount it at `/image`, the path in the catalog. */
export function createImagesApp(options: ImagesOptions): Hono<Env> {
  const app = new Hono<Env>();
  const versions = (base: string) => {
    const links = [{ rel: 'self', href: `${base}/image/v2/` }];
    return { versions: [{ id: 'v2.9', status: 'CURRENT', links }] };
  };
  app.get('/', (c) => c.json(versions(options.baseUrl(c.req.raw)), 300));
  app.get('/versions', (c) => c.json(versions(options.baseUrl(c.req.raw))));
  app.use('/v2/*', authenticated(options.authenticator, { ...options, api: 'nova' }));
  app.get('/v2/images', (c) => c.json({ images: [], first: '/v2/images', schema: '/v2/schemas/images' }));
  app.get(`/v2/images/:id{${UUID}}`, (c) => {
    const id = c.req.param('id').toLowerCase();
    const document = { id, name: id, status: 'active', visibility: 'public', protected: false, tags: [] };
    return c.json({
      ...document,
      self: `/v2/images/${id}`,
      file: `/v2/images/${id}/file`,
      schema: '/v2/schemas/image',
    });
  });
  app.all('/v2/*', (c) =>
    c.json({ message: 'No image found', code: '404 Not Found', title: 'Not Found' }, 404),
  );
  return app;
}
