/** What the identity API answers is what `/openapi.json` says of it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { createOpenApi } from '../../server/openapi/app.ts';
import { IDENTITY_OPERATIONS } from '../../server/openapi/identity.ts';
import { answersOf } from '../identity/keystone-v3/as-keystone/ask.ts';
import { BASE, openWorld } from '../identity/world.ts';

const test = suite('answers of the identity API');

test('every route is described, and every description has its route', async () => {
  const world = await openWorld({ bare: true });
  await world.close();
  const routed = world.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}').replace(/\/$/, '')}`);
  const described = IDENTITY_OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  assert.equal(described.sort(), [...new Set(routed)].sort());
});

test('every answer has the shape that is published', async () => {
  const published = await (await createOpenApi(BASE).request('/openapi.json')).json();
  // biome-ignore lint/suspicious/noExplicitAny: a document is read as one
  const { paths, components } = published as any;
  const sent = new Set<string>();
  const check = async (method: string, path: string, response: Response): Promise<void> => {
    if (method === 'HEAD') return;
    const operation = IDENTITY_OPERATIONS.find(
      (one) =>
        one.method === method.toLowerCase() &&
        new RegExp(`^${one.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path.replace(/\/$/, '')),
    );
    const { status } = response;
    if (operation === undefined) return assert.ok([401, 404, 405].includes(status), `${method} ${path}`);
    const answers = paths[operation.path][operation.method].responses;
    const answer = status < 400 ? answers[status] : components.responses.refused;
    assert.ok(answer, `${method} ${operation.path} ${status} is described nowhere`);
    const schema = answer.content?.['application/json'].schema;
    const text = await response.text();
    assert.is(text === '', schema === undefined, `${method} ${path} ${status}: ${text}`);
    if (schema === undefined) return;
    const key = `${operation.path} ${operation.method} ${status}`;
    sent.add(key);
    const { error } = z.fromJSONSchema(schema).safeParse(JSON.parse(text));
    assert.is(error, undefined, `${key}: ${error?.message} ${text}`);
  };
  const world = await openWorld({ bare: true });
  const fetch = async (request: Request) => {
    const response = await world.fetch(request.clone());
    await check(request.method, new URL(request.url).pathname, response.clone());
    return response;
  };
  try {
    await answersOf({ url: `${BASE}/identity/v3`, adminPassword: 'adminpw', fetch });
    for (const path of ['', '/v3', '/v3/']) await fetch(new Request(`${BASE}/identity${path}`));
  } finally {
    await world.close();
  }
  assert.ok(sent.size > 40, `${sent.size} shapes were seen`);
});

test.run();
