import type { Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EdgeConnection } from '../../server/runtime/connections/connection.ts';
import { type CutReason, UnsentAnswers } from '../../server/runtime/connections/unsent-answers.ts';

const test = suite('ledger of unsent answers');

/** A ledger whose turns end when the test says so. */
function ledger() {
  const cuts: CutReason[] = [];
  const turns: (() => void)[] = [];
  const limits = { perConnection: 100, perAddress: 150, total: 220 };
  const unsent = new UnsentAnswers(
    limits,
    (why) => cuts.push(why),
    (then) => turns.push(then),
  );
  const connection = (address: string, movedAt = 0) => {
    const made = new EdgeConnection({ destroy: () => undefined } as unknown as Socket, address, 0);
    made.movedAt = movedAt;
    return made;
  };
  const endTurn = () => {
    for (const then of turns.splice(0)) then();
  };
  return { unsent, cuts, connection, endTurn };
}

test('an address without unsent bytes is forgotten', () => {
  const { unsent, connection } = ledger();
  const [one, other] = [connection('192.0.2.1'), connection('192.0.2.1')];
  unsent.set(one, 10);
  unsent.set(other, 20);
  assert.equal([unsent.addresses, unsent.total], [1, 30]);
  unsent.set(one, 0);
  assert.equal([unsent.addresses, unsent.total], [1, 20]);
  unsent.set(other, 0);
  assert.equal([unsent.addresses, unsent.total], [0, 0]);
});

test('a bound exceeded only within a turn cuts no connection', () => {
  const { unsent, cuts, connection, endTurn } = ledger();
  const one = connection('192.0.2.1');
  unsent.set(one, 101);
  unsent.set(one, 99);
  endTurn();
  assert.equal(cuts, []);
});

test('of an address above its limit, the connection stalled longest is cut', () => {
  const { unsent, cuts, connection, endTurn } = ledger();
  const [moving, still] = [connection('192.0.2.1', 9), connection('192.0.2.1', 5)];
  unsent.set(moving, 90);
  unsent.set(still, 70);
  endTurn();
  assert.equal([cuts, still.unsent, moving.unsent], [['address'], 0, 90]);
});

test('where all together owe too much, it is the address that owes most', () => {
  const { unsent, cuts, connection, endTurn } = ledger();
  const [one, other, small] = [connection('192.0.2.1'), connection('192.0.2.1'), connection('192.0.2.2')];
  unsent.set(one, 75);
  unsent.set(other, 75);
  unsent.set(small, 80);
  endTurn();
  assert.equal([cuts, small.unsent, unsent.total], [['total'], 80, 155]);
});

test.run();
