/** What counts as an answer of all, and what is known of those that do not answer. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ANSWER_WITHIN, Asks } from '../../server/nodes/asks.ts';
import { FakeClock } from '../support/clock.ts';
import { ManualTimers } from '../support/manual-timers.ts';

const test = suite('asks');

const SELF = 1;

function open() {
  const timers = new ManualTimers(new FakeClock());
  const unanswered: number[] = [];
  const asks = new Asks({ setTimer: timers.setTimer, unanswered: (node) => unanswered.push(node) });
  const begin = (...others: number[]) => {
    const { question, answered } = asks.begin(SELF, others);
    const result: { is: boolean | undefined } = { is: undefined };
    answered.then((is) => {
      result.is = is;
    });
    return { question, result };
  };
  return { timers, asks, unanswered, begin };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('it is answered when every node has answered, itself too', async () => {
  const { timers, asks, begin } = open();
  const { question, result } = begin(2, 3);
  for (const node of [2, SELF]) asks.answered(node, question);
  await turn();
  assert.is(result.is, undefined);
  asks.answered(3, question);
  await turn();
  assert.equal([result.is, timers.waiting], [true, 0]);
});

test('an answer is one to all questions before it, and to none after it', async () => {
  const { asks, begin } = open();
  const [first, second, third] = [begin(2), begin(2), begin(2)];
  for (const node of [SELF, 2]) asks.answered(node, second.question);
  await turn();
  assert.equal([first.result.is, second.result.is, third.result.is], [true, true, undefined]);
});

test('a node that does not answer in time is named, and the question is to be repeated', async () => {
  const { timers, asks, unanswered, begin } = open();
  const { question, result } = begin(2, 3);
  for (const node of [SELF, 2]) asks.answered(node, question);
  timers.advance(ANSWER_WITHIN - 1);
  assert.equal(unanswered, []);
  timers.advance(1);
  await turn();
  assert.equal([unanswered, result.is], [[3], false]);
});

test('a node that does not hear its own question calls no other node silent', async () => {
  const { timers, asks, unanswered, begin } = open();
  const { question, result } = begin(2, 3);
  asks.answered(2, question);
  timers.advance(ANSWER_WITHIN);
  await turn();
  assert.equal([unanswered, result.is], [[], false]);
});

test('a node that has left is not waited for', async () => {
  const { asks, begin } = open();
  const { question, result } = begin(2);
  asks.answered(SELF, question);
  asks.gone(2);
  await turn();
  assert.is(result.is, true);
});

test('a question open at the end is not answered, and leaves no timer', async () => {
  const { timers, asks, begin } = open();
  const { result } = begin(2);
  asks.close();
  await turn();
  assert.equal([result.is, timers.waiting], [false, 0]);
});

test.run();
