import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { anInstance, aService } from '../support/builders.ts';
import { putInstance, putService } from '../support/store.ts';
import { type Api, openApi } from './support.ts';

const test = suite<{ api: Api }>('/v1/instances');

const ID = 'ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';
const OTHER = 'bb1291ac-ddd8-4543-abd9-e7d6bd10c9fb';

test.before.each(async (context) => {
  context.api = await openApi();
});
test.after.each(({ api }) => api.close());

async function ownersNews(api: Api, projectId = 'p1') {
  const rows = await api.test.store.log(`project:${projectId}`, 0, 100, 100);
  return rows.flatMap(({ items }) => JSON.parse(items));
}

test('a server is registered, read, moved and removed, and its owner gets each change', async ({ api }) => {
  await putService(api.test, aService({ host: 'c1' }));
  await putService(api.test, aService({ host: 'c2', disabled: true }));
  const path = `/v1/instances/${ID}`;
  const made = await api.ask('nova', 'PUT', path, { project_id: 'p1', name: 'vm', host: 'c1' });
  assert.is(made.status, 201);
  assert.is(made.json.id, ID);
  assert.equal((await api.ask('admin', 'GET', path)).json, made.json);
  const moved = await api.ask('nova', 'PUT', path, { project_id: 'p1', name: 'vm', host: 'c2' });
  assert.is(moved.status, 200);
  assert.is((await api.ask('nova', 'DELETE', path)).status, 204);
  assert.is((await api.ask('nova', 'GET', path)).status, 404);
  assert.is((await api.ask('nova', 'DELETE', path)).status, 404);
  assert.equal(
    (await ownersNews(api)).map(({ kind, from, to }) => [kind, from, to]),
    [
      ['server_added', null, 'UP'],
      ['transition', 'UP', 'MAINTENANCE'],
      ['server_removed', 'MAINTENANCE', null],
    ],
  );
});

test('a document that was read can be put back, and changes nothing', async ({ api }) => {
  await putInstance(api.test, anInstance({ id: ID }));
  const { json } = await api.ask('admin', 'GET', `/v1/instances/${ID}`);
  const put = await api.ask('admin', 'PUT', `/v1/instances/${ID}`, json);
  assert.is(put.status, 200);
  assert.equal(put.json, json);
  assert.is((await ownersNews(api)).length, 1);
});

test('another project’s server is a conflict, another id than the path’s is a mistake', async ({ api }) => {
  await putInstance(api.test, anInstance({ id: ID }));
  const taken = await api.ask('admin', 'PUT', `/v1/instances/${ID}`, { project_id: 'p2', name: 'vm' });
  assert.equal([taken.status, taken.json.error.code], [409, 'conflict']);
  const mixed = await api.ask('admin', 'PUT', `/v1/instances/${ID}`, {
    id: OTHER,
    project_id: 'p1',
    name: 'vm',
  });
  assert.equal([mixed.status, mixed.json.error.field], [400, 'id']);
});

test('owners and agents have no business here, whether or not there is such a server', async ({ api }) => {
  await putInstance(api.test, anInstance({ id: ID }));
  for (const who of ['owner', 'agent'] as const) {
    for (const [method, path] of [
      ['GET', `/v1/instances/${ID}`],
      ['GET', `/v1/instances/${OTHER}`],
      ['PUT', `/v1/instances/${ID}`],
      ['DELETE', `/v1/instances/${ID}`],
      ['POST', '/v1/instances'],
    ] as const) {
      const { status, json } = await api.ask(who, method, path, method === 'GET' ? undefined : '{}');
      assert.is(status, 403, `${who} ${method}`);
      assert.not.match(JSON.stringify(json), /p1|c1/);
    }
  }
});

test('role service reads, moves and deletes what it has registered, and nothing else', async ({ api }) => {
  await putInstance(api.test, anInstance({ id: OTHER, projectId: 'p1' }));
  const doc = { project_id: 'p1', name: 'vm', host: 'c1' };
  const statusOf = async (method: string, id: string, body?: unknown) =>
    (await api.ask('nova', method, `/v1/instances/${id}`, body)).status;
  assert.is(await statusOf('PUT', ID, doc), 201);
  assert.is(await statusOf('GET', ID), 200);
  assert.is(await statusOf('GET', OTHER), 404);
  assert.is(await statusOf('DELETE', OTHER), 404);
  assert.is(await statusOf('PUT', OTHER, { ...doc, host: 'c2' }), 403);
  const bulk = await api.ask(
    'nova',
    'POST',
    '/v1/instances',
    JSON.stringify({ id: OTHER, ...doc, host: 'c2' }),
  );
  assert.is(JSON.parse(bulk.text).error.code, 'forbidden');
  assert.is((await api.ask('admin', 'GET', `/v1/instances/${OTHER}`)).status, 200);
  assert.is((await api.ask('admin', 'PUT', `/v1/instances/${ID}`, { ...doc, host: 'c2' })).status, 200);
  assert.is(await statusOf('DELETE', ID), 204, 'still its own after an administrator moved it');
  assert.is((await api.ask('fencer', 'GET', `/v1/instances/${OTHER}`)).status, 403);
});

test('in bulk every line has its own answer, and a wrong one stops no other', async ({ api }) => {
  await putInstance(api.test, anInstance({ id: OTHER, projectId: 'p2' }));
  const lines = [
    JSON.stringify({ id: ID, project_id: 'p1', name: 'a', host: 'c1' }),
    '',
    '{"id":',
    JSON.stringify({ id: OTHER, project_id: 'p1', name: 'b' }),
    JSON.stringify({ id: ID, project_id: 'p1', name: 'a', hosts: 'c1' }),
    JSON.stringify({ id: ID, project_id: 'p1', name: 'a', host: 'c1' }),
  ];
  const { status, headers, text } = await api.ask('admin', 'POST', '/v1/instances', lines.join('\n'));
  assert.is(status, 200);
  assert.is(headers.get('content-type'), 'application/x-ndjson');
  const answers = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(
    answers.map(({ line, outcome, error }) => [line, outcome ?? error.code]),
    [
      [1, 'added'],
      [3, 'invalid'],
      [4, 'conflict'],
      [5, 'invalid'],
      [6, 'unchanged'],
    ],
  );
  assert.match(answers[3].error.message, /unknown key "hosts"/);
});

test('a client that accepts only JSON gets counts and errors in one document', async ({ api }) => {
  const lines = `{"id":"${ID}","project_id":"p1","name":"a"}\nnonsense\n`;
  const { json } = await api.ask('nova', 'POST', '/v1/instances', lines, { accept: 'application/json' });
  assert.equal([json.added, json.failed, json.errors[0].line], [1, 1, 2]);
});

test('a bulk is processed as it arrives: answers leave before the last line came', async ({ api }) => {
  const encoder = new TextEncoder();
  let sent = 0;
  const total = 3_000;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === total) return controller.close();
      const id = `00000000-0000-4000-8000-${String(sent++).padStart(12, '0')}`;
      controller.enqueue(encoder.encode(`{"id":"${id}","project_id":"p1","name":"n"}\n`));
    },
  });
  const answer = await api.raw('nova', 'POST', '/v1/instances', body);
  const reader = answer.body!.getReader();
  const linesIn = (part: Uint8Array | undefined) => new TextDecoder().decode(part).split('\n').length - 1;
  const first = await reader.read();
  assert.ok(sent < 1_500, `${sent} lines were taken before the first answer`);
  let lines = linesIn(first.value);
  for (let part = await reader.read(); !part.done; part = await reader.read()) lines += linesIn(part.value);
  assert.is(lines, total);
});

test('a line without end is passed over without being kept', async ({ api }) => {
  const encoder = new TextEncoder();
  let chunks = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (chunks++ < 100) return controller.enqueue(encoder.encode('x'.repeat(100_000)));
      controller.enqueue(encoder.encode(`\n{"id":"${ID}","project_id":"p1","name":"n"}`));
      controller.close();
    },
  });
  const { text } = await api.ask('nova', 'POST', '/v1/instances', body);
  const [first, second] = text.split('\n').map((line) => line && JSON.parse(line));
  assert.equal([first.line, first.error.code], [1, 'too_large']);
  assert.equal([second.line, second.outcome], [2, 'added']);
});

test.run();
