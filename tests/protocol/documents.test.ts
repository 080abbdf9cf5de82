import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { asyncApi } from '../../client-sdk/protocol/async-api.ts';
import { type JsonSchema, jsonSchema, SCHEMAS } from '../../client-sdk/protocol/json-schema.ts';
import * as schemas from '../../client-sdk/protocol/schemas.ts';
import { createAsyncApi } from '../../server/api/async-api.ts';
import { openApi } from '../api/support.ts';
import { change, event, health, snapshot, state, synced, welcome } from '../sdk/support/frames.ts';

const test = suite('documents of the wire');
const PROTOCOLS = Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[];
const document = asyncApi({ version: '1.2.3', url: 'https://h.example:8774' });

/** Every `$ref` of a document. */
function refsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(refsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsOf(inner),
  );
}

// biome-ignore lint/suspicious/noExplicitAny: a test walks any shape
function at(root: JsonSchema, ref: string): any {
  assert.ok(ref.startsWith('#/'), `${ref} points outside`);
  let value: unknown = root;
  for (const key of ref.slice(2).split('/')) value = (value as JsonSchema | undefined)?.[key];
  return value;
}

test('every reference in them leads somewhere', () => {
  for (const root of [document, ...PROTOCOLS.map((name) => jsonSchema(name))]) {
    const refs = refsOf(root);
    assert.ok(refs.length > 0);
    for (const ref of refs) assert.ok(at(root, ref), ref);
  }
});

test('both kinds of document have the schemas whose hash is pinned', () => {
  const names = PROTOCOLS.flatMap((name) => Object.keys(at(jsonSchema(name), '#/$defs')));
  assert.equal(Object.keys(at(document, '#/components/schemas')).sort(), names.sort());
});

test('every frame of either side is a message, and an operation says who sends it', () => {
  const expected = {
    takeRequests: ['receive', schemas.Upstream],
    sendFrames: ['send', schemas.Downstream],
    sendEvents: ['send', schemas.Downstream],
    takeReports: ['receive', schemas.AgentUpstream],
    answerReports: ['send', schemas.AgentDownstream],
    callWebhook: ['send', schemas.WebhookMessage],
  } as const;
  for (const [name, [action, union]] of Object.entries(expected)) {
    const operation = at(document, `#/operations/${name}`);
    assert.is(operation.action, action);
    const frames = operation.messages.map(({ $ref }: { $ref: string }) =>
      at(document, at(document, $ref).$ref),
    );
    assert.equal(
      frames.map((frame: { name: string }) => frame.name),
      union.options.map((schema) => schema.shape.type.value),
    );
    for (const frame of frames) {
      assert.is(at(document, frame.payload.$ref).properties.type.const, frame.name);
      assert.ok(frame.summary);
    }
  }
});

test('read back, the schemas take what the wire takes and refuse what it refuses', () => {
  const wire = z.fromJSONSchema(jsonSchema('hostbeat.v1', 'writer') as never);
  const frames = [
    welcome(),
    snapshot([state('s1')]),
    synced(0),
    event(1, [change('s1', 'DOWN')]),
    health(),
    { type: 'subscribe', id: 'main' },
    { ...synced(1), 'a key of tomorrow': 1 },
  ];
  for (const frame of frames) assert.ok(wire.safeParse(frame).success, JSON.stringify(frame));
  for (const frame of [{}, { type: 'subscribe' }, { ...synced(1), how: 'somehow' }, { type: 'no such' }]) {
    assert.not.ok(wire.safeParse(frame).success, JSON.stringify(frame));
  }
});

test('for readers every word and choice of frames is open, and known ones are checked', () => {
  const server = { ...jsonSchema('hostbeat.v1'), anyOf: [{ $ref: '#/$defs/Downstream' }] };
  const wire = z.fromJSONSchema(server as never);
  const item = { ...change('s1', 'DOWN'), kind: 'premonition', cause: 'moonlight', to: 'SLEEPING' };
  const open = [
    { type: 'a type of tomorrow', anything: 1 },
    { ...synced(1), how: 'somehow', reason: 'whim' },
    { ...health(), observer: 'asleep' },
    { ...event(1), items: [item] },
  ];
  for (const frame of open) assert.ok(wire.safeParse(frame).success, JSON.stringify(frame));
  for (const frame of [{}, { type: 'synced' }, { ...event(1), seq: 'one' }])
    assert.not.ok(wire.safeParse(frame).success, JSON.stringify(frame));
});

test('a server hands out its AsyncAPI document without a token, with its own address', async () => {
  const api = await openApi();
  try {
    const { status, json } = await api.ask(undefined, 'GET', '/asyncapi.json');
    assert.is(status, 200);
    assert.is(json.asyncapi, '3.0.0');
    assert.is(json.servers.sockets.protocol, 'ws');
    assert.equal(json.components, JSON.parse(JSON.stringify(document.components)));
  } finally {
    await api.close();
  }
  const app = createAsyncApi(undefined);
  for (const [url, host, protocol] of [
    ['http://a.example:8774', 'a.example:8774', 'ws'],
    ['https://b.example', 'b.example', 'wss'],
    ['http://a.example:8774', 'a.example:8774', 'ws'],
  ] as const) {
    const { servers } = await (await app.fetch(new Request(`${url}/asyncapi.json`))).json();
    assert.equal([servers.sockets.host, servers.sockets.protocol], [host, protocol]);
  }
});

test.run();
