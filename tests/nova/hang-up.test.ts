/** A client that hangs up ends the work for its list: over HTTP, as far down as the rows that are read. */
import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CallerGone } from '../../server/limits/fair-queue.ts';
import type { InstancePage, InstanceQuery } from '../../server/ports/instance-query.ts';
import { listen } from '../../server/runtime/http.ts';
import { within } from '../support/within.ts';
import { openCloud } from './cloud.ts';

const test = suite('a client that hangs up');

const SERVERS = 1_000;
/** Each name takes a millisecond or so to be tested. */
const HEAVY = encodeURIComponent('[ab]*a[ab]{200}z');
const NAME = 'ab'.repeat(120);

test('its list ends where it is, after a part of the rows', async () => {
  const cloud = await openCloud({ empty: true });
  await cloud.seed({
    instances: Array.from({ length: SERVERS }, () => ({
      id: randomUUID(),
      project_id: 'p-admin',
      name: NAME,
    })),
  });
  const { store } = cloud;
  const instances = store.instances.bind(store);
  let rows = 0;
  let asked = (_page: Promise<InstancePage>) => {};
  const page = new Promise<{ page: Promise<InstancePage> }>((resolve) => {
    asked = (found) => resolve({ page: found });
  });
  store.instances = (query: InstanceQuery) => {
    const { test: matches } = query.filter;
    assert.ok(matches, 'the pattern is tested row by row');
    const counted = (...given: Parameters<typeof matches>) => {
      rows += 1;
      return matches(...given);
    };
    const found = instances({ ...query, filter: { ...query.filter, test: counted } });
    asked(found);
    return found;
  };
  const edge = await listen({
    fetch: (request) => cloud.fetch(request),
    upgrade: () => ({ refuse: { status: 404, body: {} } }) as never,
    host: '127.0.0.1',
    port: 0,
    maxFrame: 1_024,
  });
  const client = get(`${edge.url}/v2.1/servers?all_tenants=1&name=${HEAVY}`, {
    headers: { 'X-Auth-Token': 'admin' },
    agent: false,
  });
  client.on('error', () => undefined);
  const found = await within('the list to begin', page);
  client.destroy();
  await found.page.then(
    () => assert.unreachable('the list was finished for nobody'),
    (error) => assert.instance(error, CallerGone),
  );
  assert.ok(rows < SERVERS, `${rows} rows were tested`);
  await edge.close();
  await cloud.close();
});

test.run();
