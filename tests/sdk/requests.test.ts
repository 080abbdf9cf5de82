/** Plain requests of the client: which node is asked, how often, and what each answer means. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RequestError, Requests, unlessMissing } from '../../client-sdk/src/support/request.ts';

const test = suite('plain requests');

interface Sent {
  readonly url: string;
  readonly init: RequestInit & { readonly headers: Record<string, string> };
}

/** Requests to these nodes; each answers what `answer` gives for its URL. */
function world(
  answer: (url: string, n: number) => Response | Promise<Response>,
  { nodes = ['a', 'b'], token = (() => 't') as never as string } = {},
) {
  const sent: Sent[] = [];
  const requests = new Requests({
    url: nodes.map((name) => `https://${name}.example`),
    token,
    fetch: (async (url: string, init: Sent['init']) => {
      sent.push({ url, init });
      return answer(url, sent.length);
    }) as never,
  });
  const places = () => sent.map(({ url, init }) => `${init?.method ?? 'GET'} ${url.slice(8)}`);
  return { requests, sent, places };
}

const json = (body: object, status = 200) => Response.json(body, { status });
const failed = (asking: Promise<unknown>) =>
  asking.then(
    () => assert.unreachable('it must fail'),
    (error: RequestError) => error,
  ) as Promise<RequestError>;

test('a read goes to the next node where one does not answer, and stays there', async () => {
  const { requests, places } = world((url) => {
    if (url.includes('//a.')) throw new Error('refused');
    return json({});
  });
  await requests.ask('GET', '/v1/x');
  await requests.ask('GET', '/v1/x');
  assert.equal(places(), ['GET a.example/v1/x', 'GET b.example/v1/x', 'GET b.example/v1/x']);
});

test('a page of an intermediary, and 502 or more, is an outage; a refusal is not', async () => {
  for (const [answer, count] of [
    [() => new Response('<html>', { status: 404 }), 2],
    [() => new Response('<html>'), 2],
    [() => json({}, 502), 2],
    [() => json({}, 503), 2],
    [() => json({}, 500), 1],
    [() => json({}, 403), 1],
  ] as const) {
    const { requests, sent } = world(answer);
    await failed(requests.ask('GET', '/v1/x'));
    assert.is(sent.length, count);
  }
});

test('the nodes are asked in a circle', async () => {
  let isAway = 'a.';
  const { requests, places } = world((url) => {
    if (url.includes(isAway)) throw new Error('refused');
    return json({});
  });
  await requests.ask('GET', '/');
  isAway = 'b.';
  await requests.ask('GET', '/');
  assert.is(places().at(-1), 'GET a.example/');
});

test('a change is sent once, to a node that was seen to answer well', async () => {
  const answer = (url: string, n: number) => {
    if (url.endsWith('/healthz')) return n === 1 ? json({}, 503) : json({});
    throw new Error('reset');
  };
  const { requests, places } = world(answer, { nodes: ['a', 'b', 'c'] });
  const error = await failed(requests.ask('POST', '/v1/x', { body: {} }));
  assert.equal([error.status, error.shouldRetry()], [0, true]);
  assert.equal(places(), ['GET a.example/healthz', 'GET b.example/healthz', 'POST b.example/v1/x']);
});

test('a caller that went away has nothing asked of a further node', async () => {
  const gone = new AbortController();
  const { requests, sent } = world(() => {
    gone.abort();
    throw new Error('aborted');
  });
  await failed(requests.ask('GET', '/v1/x', { signal: gone.signal }));
  assert.equal([sent.length, sent[0]?.init.signal?.aborted], [1, true]);
});

test('a token that is refused is asked for once more, a fixed one is not', async () => {
  const asked: boolean[] = [];
  const token = (({ refused }: { refused: boolean }) => {
    asked.push(refused);
    return `${refused}`;
  }) as never as string;
  const { requests, sent } = world((_, n) => json({ n }, n === 1 ? 401 : 200), { nodes: ['a'], token });
  assert.equal(await requests.ask('DELETE', '/v1/x'), { n: 2 });
  assert.equal(asked, [false, true]);
  assert.is(sent[1]?.init.headers['x-auth-token'], 'true');
  const fixed = world(() => json({}, 401), { nodes: ['a'], token: 'fixed' });
  assert.is((await failed(fixed.requests.ask('GET', '/'))).status, 401);
  assert.is(fixed.sent.length, 1);
});

test('no redirect is followed, and an answer of nothing is nothing', async () => {
  const moved = world(
    () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } }),
    {
      nodes: ['a'],
    },
  );
  assert.match((await failed(moved.requests.ask('GET', '/'))).message, /redirect \(302\)/);
  assert.is(moved.sent[0]?.init.redirect, 'manual');
  const empty = world(() => new Response(''), { nodes: ['a'] });
  assert.is(await empty.requests.ask('DELETE', '/'), undefined);
  assert.not('content-type' in (empty.sent[0]?.init.headers ?? {}));
});

test('an error repeats a bounded part of the answer, and says whether to try again', async () => {
  const { requests } = world(() => new Response('x'.repeat(9_000), { status: 400 }), { nodes: ['a'] });
  const error = await failed(requests.ask('GET', '/'));
  assert.ok(error.message.length < 600);
  const retries = [0, 400, 404, 429, 499, 500, 503].filter((status) =>
    new RequestError(status, '').shouldRetry(),
  );
  assert.equal(retries, [0, 429, 500, 503]);
});

test('what does not exist is nothing, and any other refusal is an error', async () => {
  const asking = (status: number) => unlessMissing(Promise.reject(new RequestError(status, 'no')));
  assert.is(await asking(404), undefined);
  for (const status of [0, 403, 410, 500]) assert.is((await failed(asking(status))).status, status);
});

test.run();
