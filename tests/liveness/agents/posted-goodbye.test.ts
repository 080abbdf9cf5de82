import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createReports } from '../../../server/api/reports.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import { FakeAuthenticator } from '../../support/identity.ts';
import { CONFIG, OPERATOR, settled, type Watched, watched } from '../support.ts';

interface Context {
  w: Watched;
  /** The answer's status. */
  post: (body: object) => Promise<number>;
}

const test = suite<Context>('a goodbye by an ordinary request');

test.before.each(async (context) => {
  const w = await watched();
  const authenticator = new FakeAuthenticator();
  authenticator.tokens.set('good', OPERATOR);
  const reports = createReports({ liveness: w.liveness, authenticator, logger: noLogger });
  context.w = w;
  context.post = async (body) => {
    const headers = { 'x-auth-token': 'good', 'content-type': 'application/json' };
    const request = { method: 'POST', headers, body: JSON.stringify(body) };
    const { status } = await reports(new Request('http://hostbeat.test/v1/reports', request));
    await settled();
    return status;
  };
});
test.after.each(({ w }) => w.close());

/** What operators were sent, in order. */
const recorded = (w: Watched) => w.sent;

const last = (w: Watched) => {
  const change = recorded(w).at(-1);
  return `${change?.host} ${change?.to} ${change?.cause}`;
};

test('a shutdown is silence one and a half intervals later, long before the deadline', async ({
  w,
  post,
}) => {
  assert.is(await post({ reports: [{ host: 'c1' }] }), 200);
  assert.is(await post({ reports: [{ host: 'c1' }], goodbye: { reason: 'shutdown' } }), 200);
  await w.pass(1.5 * CONFIG.reportInterval - 100);
  assert.is(recorded(w).length, 1);
  await w.pass(200);
  assert.is(last(w), 'c1 UNKNOWN goodbye');
});

test('one of two agents that post for a host may leave, and the host stays UP', async ({ w, post }) => {
  await post({ reports: [{ host: 'c1' }], goodbye: { reason: 'shutdown' } });
  await w.pass(CONFIG.reportInterval);
  await post({ reports: [{ host: 'c1' }] });
  await w.pass(CONFIG.reportInterval);
  assert.is(recorded(w).length, 1);
});

test('a restart gives the agent the time it asks for, and no more', async ({ w, post }) => {
  const ttl = 4 * CONFIG.reportInterval;
  await post({ reports: [{ host: 'c1' }], goodbye: { reason: 'restart', ttl_ms: ttl } });
  await w.pass(ttl - 100);
  assert.is(recorded(w).length, 1);
  await w.pass(200);
  assert.is(last(w), 'c1 UNKNOWN goodbye');
});

test('a goodbye that cannot be read changes nothing', async ({ w, post }) => {
  for (const goodbye of [{}, { reason: 'tired' }, { reason: 'restart', ttl_ms: -1 }, 'shutdown']) {
    assert.is(await post({ reports: [{ host: 'c1' }], goodbye }), 400, JSON.stringify(goodbye));
  }
  assert.is(recorded(w).length, 0);
});

test.run();
