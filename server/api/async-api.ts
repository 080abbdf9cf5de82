import { Hono } from 'hono';
import { asyncApi, serversAt } from '../../client-sdk/protocol/async-api.ts';
import type { BaseUrl } from '../config/base-url.ts';
import { Recent } from '../domain/recent.ts';
import { StaticAnswer } from '../socket/static-answer.ts';
import { SERVER } from '../version.ts';

/** One document for each address that clients use. The last few are kept. */
const KEPT = 8;
const OPEN = { 'Access-Control-Allow-Origin': '*' };

/** `/asyncapi.json`: the streams' contract. It is public: tools that read it have no token. */
export function createAsyncApi(baseUrl: BaseUrl | undefined): Hono {
  const app = new Hono();
  /** Only `servers` differs between addresses. Making the rest takes milliseconds, so it is made once. */
  let contract: ReturnType<typeof asyncApi> | undefined;
  const documents = new Recent<StaticAnswer>(KEPT);
  app.get('/asyncapi.json', (c) => {
    const url = baseUrl?.(c.req.raw) ?? new URL(c.req.url).origin;
    let document = documents.get(url);
    if (document === undefined) {
      contract ??= asyncApi({ version: SERVER.version, url });
      const text = JSON.stringify({ ...contract, servers: serversAt(url) });
      document = new StaticAnswer(text, 'application/json', OPEN);
      documents.set(url, document);
    }
    return document.to(c.req.raw);
  });
  return app;
}
