import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { heardAsUsual, isMass, massHold, massWindow } from '../../server/domain/silence/mass.ts';

const test = suite('mass silence');

test('three, or three in ten, whichever is more', () => {
  for (const [silent, watched, expected] of [
    [2, 2, false],
    [2, 3, false],
    [3, 3, true],
    [3, 10, true],
    [3, 11, false],
    [4, 13, true],
    [29, 100, false],
    [30, 100, true],
    [0, 0, false],
  ] as const) {
    assert.is(isMass(silent, watched), expected, `${silent} of ${watched}`);
  }
});

test('half a timeout is the window, and the most that is ever held', () => {
  assert.is(massWindow(60_000), 30_000);
  assert.is(massHold(60_000, 10_000), 10_000);
  assert.is(massHold(4_000, 10_000), 2_000);
  assert.is(massHold(60_000, 0), 0);
});

test('a service that reports every interval counts as usual, also with short timeouts', () => {
  assert.is(heardAsUsual(10_000, 60_000), 15_000);
  assert.is(heardAsUsual(10_000, 12_000), 6_000);
});

test.run();
