/** Explanations and history: one question of a caller at a time, few in all, and the rest is refused with a time. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createHistory } from '../../../server/hub/endpoints/history.ts';
import { inPastQueue } from '../../../server/hub/endpoints/in-past-queue.ts';
import { StreamWorld } from '../../support/stream-world.ts';

const test = suite('questions about the past');
const quiet = new AbortController().signal;
const of = (projectId: string | null, userId = 'a user') => ({ projectId, userId });
const turn = () => new Promise(setImmediate);

/** Questions that are answered when `open` is called. */
function questions() {
  let running = 0;
  const open: (() => void)[] = [];
  const ask = (asker: ReturnType<typeof of>, signal = quiet) =>
    inPastQueue(asker, signal, async () => {
      running += 1;
      await new Promise<void>((resolve) => open.push(resolve));
      running -= 1;
      return new Response('answer');
    });
  const finish = async (all: readonly Promise<Response>[]) => {
    const answers = Promise.all(all);
    let isOver = false;
    void answers.then(() => {
      isOver = true;
    });
    while (!isOver) {
      for (const one of open.splice(0)) one();
      await turn();
    }
    return answers;
  };
  return { ask, finish, running: () => running };
}

test('one question of a project runs, and four in all', async () => {
  const { ask, finish, running } = questions();
  const own = Array.from({ length: 5 }, () => ask(of('one project')));
  await turn();
  assert.is(running(), 1);
  const others = Array.from({ length: 8 }, (_, n) => ask(of(`project ${n}`)));
  await turn();
  assert.is(running(), 4);
  const answers = await finish([...own, ...others]);
  assert.ok(answers.every(({ status }) => status === 200));
});

test('a token without a project shares the turn of its user', async () => {
  const { ask, finish, running } = questions();
  const all = [ask(of(null, 'anna')), ask(of(null, 'anna')), ask(of(null, 'bert'))];
  await turn();
  assert.is(running(), 2);
  await finish(all);
});

test('a flood of one project is refused with 429 and a time', async () => {
  const { ask, finish } = questions();
  const answers = await finish(Array.from({ length: 20 }, () => ask(of('flood'))));
  const refusedOnes = answers.filter(({ status }) => status === 429);
  assert.is(refusedOnes.length, 3);
  for (const answer of refusedOnes) assert.ok(Number(answer.headers.get('retry-after')) >= 1);
});

test('a flood of many projects is refused with 503 and a time', async () => {
  const { ask, finish } = questions();
  const answers = await finish(Array.from({ length: 140 }, (_, n) => ask(of(`project ${n}`))));
  const refusedOnes = answers.filter(({ status }) => status === 503);
  assert.is(refusedOnes.length, 140 - 4 - 128);
  for (const answer of refusedOnes) assert.ok(Number(answer.headers.get('retry-after')) >= 1);
});

test('a question whose client left before its turn is not answered', async () => {
  const { ask, finish, running } = questions();
  const leaving = new AbortController();
  const first = ask(of('one project'));
  const second = ask(of('one project'), leaving.signal);
  await turn();
  leaving.abort();
  await finish([first, second]);
  assert.is(running(), 0);
  assert.is((await second).status, 503);
});

test('history waits for its turn and is answered', async () => {
  const w = await StreamWorld.open();
  await w.service();
  const { id } = await w.server();
  const { store, authenticator, policy } = w;
  let asked = 0;
  let most = 0;
  const catchUp = async () => {
    asked += 1;
    most = Math.max(most, asked);
    await turn();
    asked -= 1;
  };
  const history = createHistory({ store, authenticator, policy, catchUp });
  const request = () =>
    new Request(`http://h/v1/history?server=${id}`, { headers: { 'X-Auth-Token': 'owner' } });
  const answers = await Promise.all(Array.from({ length: 6 }, () => history(request(), undefined)));
  assert.equal(
    answers.map(({ status }) => status),
    [200, 200, 200, 200, 200, 200],
  );
  assert.is(most, 1);
  await w.close();
});

test.run();
