import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BASE, openWorld } from '../world.ts';
import { type Answer, answersOf } from './as-keystone/ask.ts';
import { comparable, DEVIATIONS } from './as-keystone/deviations.ts';
import { nameOf, QUESTIONS } from './as-keystone/questions.ts';

const test = suite('as a real Keystone answers');

/** Written down by `tests/keystone/record.ts`, a line a question. */
const recorded = readFileSync(resolve(import.meta.dirname, '../../vectors/keystone-answers.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): Answer => JSON.parse(line));

test('every request is answered alike, or differently for a recorded reason', async () => {
  const world = await openWorld({ bare: true });
  try {
    const fetch = (request: Request) => world.fetch(request);
    const ours = await answersOf({ url: `${BASE}/identity/v3`, adminPassword: 'adminpw', fetch });
    assert.is(recorded.length, QUESTIONS.length, 'ask Keystone again');
    const differing = new Set<string>();
    for (const [at, question] of QUESTIONS.entries()) {
      const name = nameOf(question);
      const isSame = comparable(ours[at]) === comparable(recorded[at]);
      if (!isSame) differing.add(name);
      if (!isSame && !(name in DEVIATIONS)) assert.equal(ours[at], recorded[at], name);
    }
    assert.equal(
      Object.keys(DEVIATIONS).filter((name) => !differing.has(name)),
      [],
      'these no longer deviate: strike them out',
    );
  } finally {
    await world.close();
  }
});

test.run();
