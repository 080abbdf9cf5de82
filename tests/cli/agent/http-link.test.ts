import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { httpLink } from '../../../server/cli/agent/http-link.ts';
import { LinkLost } from '../../../server/cli/agent/link.ts';
import { within } from '../../support/within.ts';
import { answering, json } from '../connection/answering.ts';

const test = suite('reports by HTTP');

const C1 = { host: 'c1', binary: 'nova-compute' };
const open = (url: string) =>
  httpLink(url)('token', { service: () => undefined }, new AbortController().signal, 1_000);

async function lostBy(url: string, timeoutMs = 10_000): Promise<LinkLost> {
  const link = await open(url);
  const error = await within(
    'the loss of the link',
    link.report([C1], timeoutMs).then(
      () => assert.unreachable() as never,
      (error) => error as LinkLost,
    ),
  );
  assert.instance(error, LinkLost);
  assert.is(link.lost.reason, error);
  return error;
}

test('a server that does not answer is given up after the time that the agent gives it', async () => {
  await using server = await answering(() => undefined);
  const { kind, message } = await lostBy(server.url, 50);
  assert.is(kind, 'unreachable');
  assert.match(message, 'no answer within 50 ms');
});

test("a proxy's page does not answer a report, even with status 200", async () => {
  for (const page of ['<html>', '{}', 'null', '{"services":[]}']) {
    await using server = await answering((response) => response.writeHead(200).end(page));
    const { kind, message } = await lostBy(server.url);
    assert.is(kind, 'unreachable', page);
    assert.match(message, 'is a proxy in between?');
  }
});

test('a goodbye names every service that was reported, and how long a restart may take', async () => {
  await using server = await answering((response) =>
    json(response, 200, { accepted: 1, rejected: [], services: [] }),
  );
  for (const [farewell, goodbye] of [
    [{ reason: 'shutdown' }, { reason: 'shutdown' }],
    [
      { reason: 'restart', ttlMs: 5_000 },
      { reason: 'restart', ttl_ms: 5_000 },
    ],
  ] as const) {
    const link = await open(server.url);
    await link.report([C1], 10_000);
    await link.report([C1], 10_000);
    await link.close(farewell);
    assert.equal(JSON.parse(server.asked.at(-1)?.body ?? ''), { reports: [C1], goodbye });
  }
});

test('a link that is lost says no goodbye', async () => {
  await using server = await answering((response) => response.writeHead(502).end());
  const link = await open(server.url);
  await link.report([C1], 10_000).catch(() => undefined);
  await link.close({ reason: 'shutdown' });
  assert.is(server.asked.length, 1);
});

test.run();
