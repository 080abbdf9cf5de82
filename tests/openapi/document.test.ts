/** `/openapi.json` says what the endpoints take. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { ROUTES } from '../../server/nova/routes.ts';
import { createOpenApi } from '../../server/openapi/app.ts';
import { computeOperations } from '../../server/openapi/compute.ts';
import { openApi } from '../../server/openapi/document.ts';
import { IDENTITY_OPERATIONS } from '../../server/openapi/identity.ts';
import { OWN_OPERATIONS } from '../../server/openapi/own/operations.ts';
import { docsPage } from '../../server/openapi/page.ts';

const test = suite('OpenAPI');
const made = openApi('http://h');
// biome-ignore lint/suspicious/noExplicitAny: a document is read as one
const document: any = JSON.parse(JSON.stringify(made));
// biome-ignore lint/suspicious/noExplicitAny: the same
const operations: [path: string, method: string, operation: any][] = Object.entries(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods as object).map(([method, operation]): [string, string, unknown] => [
      path,
      method,
      operation,
    ]),
);

test('every operation has its own name, a summary, answers and all path parameters', () => {
  const ids = operations.map(([, , { operationId }]) => operationId);
  assert.is(new Set(ids).size, ids.length);
  for (const [path, method, operation] of operations) {
    assert.ok(operation.summary.length > 3, `${method} ${path} has no summary`);
    assert.ok(Object.keys(operation.responses).some((status) => /^[24]/.test(status)));
    const inPath = (operation.parameters ?? []).filter((one: { in?: string }) => one.in === 'path');
    assert.equal(
      inPath.map(({ name }: { name: string }) => name),
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
    );
    assert.ok(document.tags.some(({ name }: { name: string }) => name === operation.tags[0]));
  }
});

test('every reference leads somewhere', () => {
  const referred = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
  for (const [, pointer = ''] of referred) {
    let at = document;
    for (const step of pointer.split('/')) at = at?.[step];
    assert.ok(at !== undefined, pointer);
  }
});

test('every route of the compute API is there', () => {
  const gone = ROUTES.filter(({ until }) => until !== undefined);
  assert.is(computeOperations(100).length, ROUTES.length - gone.length + 2);
  assert.is(computeOperations(26).length, ROUTES.length + 2);
});

test('bodies are those that are checked', () => {
  const body = (path: string, method: string) =>
    document.paths[path][method].requestBody.content['application/json'].schema;
  const force = body('/v2.1/os-services/{id}', 'put');
  assert.equal(Object.keys(force.properties).sort(), ['disabled_reason', 'forced_down', 'status']);
  assert.is(force.additionalProperties, false);
  const actions = body('/v2.1/servers/{id}/action', 'post').anyOf.map(
    (one: { properties: object }) => Object.keys(one.properties)[0],
  );
  assert.ok(actions.includes('os-resetState') && actions.includes('evacuate'));
  assert.ok(body('/identity/v3/auth/tokens', 'post').properties.auth);
  assert.ok(body('/v1/seed', 'post').properties.flavors);
});

test('every body and answer has an example that its schema takes', () => {
  let count = 0;
  for (const [path, method, { requestBody, responses }] of operations) {
    for (const content of [requestBody?.content, ...Object.values(responses).map(contentOf)]) {
      for (const { schema, example } of Object.values<{ schema: object; example: unknown }>(content ?? {})) {
        const { error } = z.fromJSONSchema(schema as never).safeParse(example);
        assert.is(error, undefined, `${method} ${path}: ${error?.message} ${JSON.stringify(example)}`);
        count++;
      }
    }
  }
  assert.ok(count > 120, `${count}`);
});

/** Of a response that stands in the operation. */
function contentOf(response: unknown) {
  return (response as { content?: object }).content;
}

test('no path is described twice', () => {
  const all = [...computeOperations(100), ...IDENTITY_OPERATIONS, ...OWN_OPERATIONS];
  assert.is(operations.length, all.length);
});

test('the page to read loads nothing, runs nothing and names every path', async () => {
  const app = createOpenApi('https://cloud.example');
  const answer = await app.request('/docs/plain');
  const page = await answer.text();
  assert.match(answer.headers.get('content-security-policy') ?? '', "default-src 'none'");
  assert.not.match(page, /<script|src=|url\(/);
  for (const [path] of operations) assert.ok(page.includes(path), path);
  const json = await (await app.request('/openapi.json')).json();
  assert.equal(json.servers, [{ url: 'https://cloud.example' }]);
});

test('HTML that is not our own is shown as text', () => {
  fc.assert(
    fc.property(fc.string(), (description) => {
      const page = docsPage({
        ...made,
        info: { ...made.info, description: `<b>${description}</b>` },
      });
      assert.not.ok(page.includes(`<b>${description}</b>`));
    }),
    { numRuns: 20 },
  );
});

test.run();
