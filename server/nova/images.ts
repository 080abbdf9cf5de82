/**
 * The image service that is none. hostbeat keeps no images, but openstackclient before 6.3 will not list a server
 * unless the catalog names an image service and that answers its version document. Every look-up then finds nothing,
 * which clients take well: they show an image's id instead of its name.
 */
import { Hono } from 'hono';
import type { BaseUrl } from '../config/base-url.ts';
import type { Authenticator } from '../identity/identity.ts';
import { type AuthenticatedOptions, authenticated, type Env } from '../identity/middleware.ts';

export interface ImagesOptions extends Pick<AuthenticatedOptions, 'clientAddress'> {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly baseUrl: BaseUrl;
}

/** To be mounted at `/image`, which is what the catalog says. */
export function createImagesApp(options: ImagesOptions): Hono<Env> {
  const app = new Hono<Env>();
  const versions = (base: string) => {
    const links = [{ rel: 'self', href: `${base}/image/v2/` }];
    return { versions: [{ id: 'v2.9', status: 'CURRENT', links }] };
  };
  app.get('/', (c) => c.json(versions(options.baseUrl(c.req.raw)), 300));
  app.get('/versions', (c) => c.json(versions(options.baseUrl(c.req.raw))));
  app.use('/v2/*', authenticated(options.authenticator, { ...options, door: 'nova' }));
  app.get('/v2/images', (c) => c.json({ images: [], first: '/v2/images', schema: '/v2/schemas/images' }));
  app.all('/v2/*', (c) =>
    c.json({ message: 'No image found', code: '404 Not Found', title: 'Not Found' }, 404),
  );
  return app;
}
