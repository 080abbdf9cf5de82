import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadConfig } from '../../server/config/load.ts';
import { serve } from '../../server/main.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { createTracing, noTracing } from '../../server/telemetry/tracing.ts';
import { login } from '../support/http.ts';
import { recordSpans } from './recorded-spans.ts';

const test = suite('traces');

async function served(env: Record<string, string>, work: (url: string) => Promise<void>): Promise<void> {
  const { config, secrets } = loadConfig({
    env: {
      HOSTBEAT_LISTEN: '127.0.0.1:0',
      HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
      HOSTBEAT_ADMIN_PASSWORD: 'pw',
      ...env,
    },
  });
  const server = await serve(config, secrets, { logger: noLogger });
  try {
    await work(server.url);
  } finally {
    await server.close();
  }
}

test('a request, its commit and the fan-out are spans of the caller’s trace', async () => {
  using recorded = recordSpans();
  await served({ HOSTBEAT_TRACING: 'true' }, async (url) => {
    const admin = await login(url, 'admin', 'pw', 'admin');
    const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    const answer = await admin.request('POST', '/v1/reports?q=1', { reports: [{ host: 'c1' }] }, headers);
    assert.is(answer.status, 200);
  });
  const named = (name: string) => recorded.spans.find((span) => span.name === name);
  const request = named('POST v1');
  assert.is(request?.parent, 'b7ad6b7169203331');
  assert.equal(request?.attributes, {
    'http.request.method': 'POST',
    'url.path': '/v1/reports',
    'http.response.status_code': 200,
  });
  assert.is(named('commit service')?.parent, 'POST v1');
  assert.equal(named('fan-out')?.attributes, { 'hostbeat.log.rows': 1 });
  assert.ok(recorded.spans.every(({ ended }) => ended));
});

test('without the setting no spans are made', async () => {
  using recorded = recordSpans();
  await served({}, async (url) => {
    await login(url, 'admin', 'pw', 'admin');
  });
  assert.equal(recorded.spans, []);
});

test('an error ends its span, is passed on, and its words stay out of the trace', async () => {
  using recorded = recordSpans();
  const tracing = createTracing('1');
  assert.throws(() =>
    tracing.span('a', {}, () => {
      throw new TypeError('secret');
    }),
  );
  const failing = tracing.span('b', {}, () => Promise.reject(new RangeError('secret')));
  assert.is(await failing.catch((error) => error.name), 'RangeError');
  assert.equal(
    recorded.spans.map(({ status, ended }) => [status, ended]),
    [
      [{ code: 2, message: 'TypeError' }, true],
      [{ code: 2, message: 'RangeError' }, true],
    ],
  );
});

test('work that is not traced is simply done', () => {
  assert.is(
    noTracing.span('a', {}, (note) => {
      note.set({ b: 1 });
      return 7;
    }),
    7,
  );
});

test.run();
