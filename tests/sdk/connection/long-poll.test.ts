/** The client by long polls: against a whole server, and against answers of the test. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LongPoll } from '../../../client-sdk/src/connection/long-poll.ts';
import { connect, HostStatusMap } from '../../../client-sdk/src/index.ts';
import { within } from '../../support/within.ts';
import { change, state } from '../support/frames.ts';
import { Site } from '../support/site.ts';

const test = suite('long polls');

const health = {
  observer: 'ok',
  now: '2026-01-01T00:00:00.000Z',
  observing_since: '2026-01-01T00:00:00.000Z',
};
const place = (seq: number) => ({ cursor: `c${seq}`, epoch: 'e1', seq });
const SNAPSHOT = { how: 'snapshot', ...place(0), items: [state('s1')], health };
const resumed = (seq: number, items: object[], more = false) => ({
  how: 'resumed',
  ...place(seq),
  items,
  more,
  health,
});
const refused = (status: number, code = 'unauthorized') =>
  Response.json({ error: { code, message: 'no' } }, { status });

/** Follows by these answers; when they are used up the last question stays open. */
async function follow(answers: (object | Response)[], cursor?: string) {
  const asked: string[] = [];
  const frames: Record<string, unknown>[] = [];
  const ended = Promise.withResolvers<readonly [number, string]>();
  const used = Promise.withResolvers<void>();
  const poll = new LongPoll(
    {
      url: 'http://hostbeat.test',
      token: 't',
      cursor,
      fetch: async (url, init) => {
        asked.push(String(url).replace(/^.*\?/, ''));
        const answer = answers.shift();
        if (answer instanceof Response) return answer;
        if (answer !== undefined) return Response.json(answer);
        used.resolve();
        return new Promise((_, reject) =>
          init?.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
        );
      },
    },
    {
      onOpen: () => undefined,
      onFrame: (data) => frames.push(JSON.parse(String(data))),
      onClosed: (code, reason) => ended.resolve([code, reason]),
    },
  );
  const end = await within('the last question, or the end', Promise.race([used.promise, ended.promise]));
  await poll.giveUp();
  return { asked, frames, end };
}

const shape = (frames: Record<string, unknown>[]) =>
  frames.map(({ type, seq, cursor, how }) =>
    [type, seq, cursor ?? how].filter((it) => it !== undefined).join(' '),
  );

test('a whole server is followed, and a drill is passed over', async () => {
  await using site = await Site.open();
  await using client = connect({ url: site.url, token: await site.token(), transport: 'poll' });
  const map = new HostStatusMap(client);
  await within('synced', map.synced);
  assert.is(map.get(site.server)?.host_status, 'UP');
  assert.is(client.tracker, 'ok');
  const next = () =>
    within(
      'a change',
      new Promise<string | undefined>((resolve) =>
        map.on('change', ({ after }) => resolve(after?.host_status)),
      ),
    );
  await site.drill('DOWN');
  await site.drill(undefined);
  const maintenance = next();
  await site.switch({ status: 'disabled' });
  assert.is(await maintenance, 'MAINTENANCE');
  const down = next();
  await site.switch({ status: 'enabled' });
  assert.is(await down, 'UP');
});

test('the cursor of an answer goes with its last item, and not with those before', async () => {
  const items = [
    { ...change('s1', 'DOWN'), seq: 1 },
    { ...change('s2', 'DOWN'), seq: 1 },
    { ...change('s1', 'UP'), seq: 2 },
  ];
  const { asked, frames } = await follow([SNAPSHOT, resumed(2, items)]);
  assert.equal(shape(frames), [
    'welcome',
    'snapshot',
    'synced 0 c0',
    'health',
    'event 1 c0',
    'event 2 c2',
    'health',
  ]);
  const { items: together } = frames[4] as { items: object[] };
  assert.is(together.length, 2, 'what was committed together stays together');
  assert.equal(
    asked.map((query) => new URLSearchParams(query).get('after')),
    [null, 'c0', 'c2'],
  );
});

test('the first question after a cursor does not wait, nor one for more', async () => {
  const { asked, frames } = await follow(
    [resumed(6, [{ ...change('s1', 'DOWN'), seq: 6 }], true), resumed(6, [])],
    'c5',
  );
  assert.equal(
    asked.map((query) => new URLSearchParams(query).get('wait')),
    [null, null, '20'],
  );
  assert.equal(shape(frames), ['welcome', 'event 6 c6', 'health', 'synced 6 c6', 'health']);
});

test('a cursor that is refused leads to a snapshot that says so', async () => {
  const reset = Response.json({ error: { code: 'reset', reason: 'expired', message: 'x' } }, { status: 410 });
  const { asked, frames } = await follow([reset, SNAPSHOT], 'c5');
  assert.equal(
    asked.map((query) => new URLSearchParams(query).get('after')),
    ['c5', null, 'c0'],
  );
  const synced = frames.find(({ type }) => type === 'synced');
  assert.equal([synced?.how, synced?.reason], ['reset', 'expired']);
});

test('a token that ends is not refused as one that was never valid', async () => {
  assert.equal((await follow([refused(401)])).end?.[0], 4401);
  assert.equal((await follow([SNAPSHOT, refused(401)])).end?.[0], 4103);
  assert.equal((await follow([SNAPSHOT, refused(403, 'forbidden')])).end?.[0], 4403);
  assert.equal((await follow([SNAPSHOT, refused(503, 'unavailable')])).end?.[0], 1013);
});

test('an answer from a proxy counts as a broken connection', async () => {
  const html = new Response('<html>', { status: 502, headers: { 'content-type': 'text/html' } });
  assert.equal((await follow([SNAPSHOT, html])).end?.[0], 1006);
  const nonsense = new Response('<html>', { headers: { 'content-type': 'text/html' } });
  assert.equal((await follow([nonsense])).end?.[0], 1006);
});

test.run();
