import { Hono } from 'hono';
import { asyncApi, serversAt } from '../../client-sdk/protocol/async-api.ts';
import type { BaseUrl } from '../config/base-url.ts';
import { SERVER } from '../version.ts';

/** `/asyncapi.json`: the streams' contract. It is no secret, and tools that read it have no token. */
export function createAsyncApi(baseUrl: BaseUrl | undefined): Hono {
  const app = new Hono();
  let document: ReturnType<typeof asyncApi> | undefined;
  app.get('/asyncapi.json', (c) => {
    const url = baseUrl?.(c.req.raw) ?? new URL(c.req.url).origin;
    document ??= asyncApi({ version: SERVER.version, url });
    // The rest of it is the same for everybody, and takes milliseconds to make.
    return c.json({ ...document, servers: serversAt(url) }, 200, { 'Access-Control-Allow-Origin': '*' });
  });
  return app;
}
