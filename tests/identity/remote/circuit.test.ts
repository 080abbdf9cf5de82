import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../../server/domain/errors.ts';
import { Circuit, Failed } from '../../../server/identity/remote/circuit.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import { FakeClock } from '../../support/clock.ts';

const test = suite('circuit');

function aCircuit() {
  const clock = new FakeClock();
  const circuit = new Circuit({ name: 'Keystone', clock, logger: noLogger });
  let asked = 0;
  /** @returns the answer, or the code of the error */
  const run = (ask: () => Promise<string>) =>
    circuit
      .run(() => {
        asked++;
        return ask();
      })
      .catch((error: unknown) => (error instanceof DomainError ? error.code : String(error)));
  const fail = () => run(async () => Promise.reject(new Failed('no answer')));
  return {
    clock,
    circuit,
    run,
    fail,
    succeed: () => run(async () => 'answer'),
    /** How many calls have reached the other side since this was last read. */
    get asked() {
      const count = asked;
      asked = 0;
      return count;
    },
    /** After three failures in a row nothing is asked. */
    async open() {
      asked = 0;
      for (let n = 0; n < 3; n++) assert.is(await fail(), 'unavailable');
      assert.is(asked, 3);
      asked = 0;
    },
  };
}

test('three failures in a row open it, two with an answer between them do not', async () => {
  const circuit = aCircuit();
  for (let n = 0; n < 5; n++) {
    await circuit.fail();
    await circuit.fail();
    assert.is(await circuit.succeed(), 'answer');
  }
  assert.is(circuit.asked, 15);
  await circuit.open();
  assert.is(await circuit.succeed(), 'unavailable');
  assert.is(circuit.asked, 0, 'while it is open nothing is asked');
});

test('a failure that asking again cannot help opens it at once', async () => {
  const circuit = aCircuit();
  await circuit.run(async () => Promise.reject(new Failed('refused', { lasting: true })));
  assert.is(await circuit.succeed(), 'unavailable');
});

test('after its pause one probe asks, and everybody else waits for what it finds', async () => {
  const circuit = aCircuit();
  await circuit.open();
  circuit.clock.advance(999);
  assert.is(await circuit.succeed(), 'unavailable');
  circuit.clock.advance(1);
  const answer = Promise.withResolvers<string>();
  const probe = circuit.run(() => answer.promise);
  assert.is(await circuit.succeed(), 'unavailable', 'one probe at a time');
  assert.is(circuit.asked, 1);
  answer.resolve('answer');
  assert.is(await probe, 'answer');
  assert.equal(await Promise.all([circuit.succeed(), circuit.succeed()]), ['answer', 'answer']);
});

test('an answer to the probe closes it as if it had never been open', async () => {
  const circuit = aCircuit();
  await circuit.open();
  circuit.clock.advance(1_000);
  await circuit.succeed();
  await circuit.open();
  circuit.clock.advance(1_000);
  assert.is(await circuit.succeed(), 'answer', 'the first pause again, after three failures again');
});

test('each probe that fails makes the next pause twice as long, up to 15 s', async () => {
  const circuit = aCircuit();
  await circuit.open();
  for (const pause of [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
    circuit.clock.advance(pause - 1);
    await circuit.fail();
    assert.is(circuit.asked, 0, `nothing is asked before ${pause} ms`);
    circuit.clock.advance(1);
    await circuit.fail();
    assert.is(circuit.asked, 1, `after ${pause} ms one probe asks`);
  }
});

test('a failure of what was asked before it opened lengthens no pause', async () => {
  const circuit = aCircuit();
  const late = Promise.withResolvers<string>();
  const early = circuit.run(() => late.promise);
  await circuit.open();
  late.reject(new Failed('at last'));
  assert.is(await early, 'unavailable');
  circuit.clock.advance(1_000);
  assert.is(await circuit.succeed(), 'answer');
});

test('an answer to what was asked before it opened does not close it', async () => {
  const circuit = aCircuit();
  const late = Promise.withResolvers<string>();
  const early = circuit.run(() => late.promise);
  await circuit.open();
  late.resolve('answer');
  assert.is(await early, 'answer');
  assert.is(await circuit.succeed(), 'unavailable');
});

test('an error that is no failure of the other side is thrown and counts nothing', async () => {
  const circuit = aCircuit();
  for (let n = 0; n < 5; n++) {
    const refused = new DomainError('not_found', 'no such token');
    assert.is(await circuit.run(async () => Promise.reject(refused)), 'not_found');
  }
  assert.is(await circuit.succeed(), 'answer');
});

test('a reason to ask again ends the pause', async () => {
  const circuit = aCircuit();
  await circuit.open();
  circuit.circuit.tryNow();
  assert.is(await circuit.succeed(), 'answer');
});

test.run();
