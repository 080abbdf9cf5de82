import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nearest } from '../../server/config/nearest.ts';

const test = suite('did you mean');

const KNOWN = ['HOSTBEAT_LISTEN', 'HOSTBEAT_DATABASE', 'HOSTBEAT_LOG_LEVEL'];

test('a mistake of any kind leads to the name that was meant', () => {
  for (const wrong of ['HOSTBEAT_LISTN', 'HOSTBEAT_LISTTEN', 'HOSTBEAT_LISTEM', 'hostbeat-listen'])
    assert.is(nearest(wrong, KNOWN), 'HOSTBEAT_LISTEN', wrong);
});

test('two letters that were swapped are one mistake', () => {
  assert.is(nearest('on', ['no']), 'no');
  assert.is(nearest('lsit', ['list']), 'list');
});

test('a name that is far from every known one leads to none', () => {
  assert.is(nearest('zebra', KNOWN), undefined);
  assert.is(nearest('HOSTBEAT_XXXXXXXX', KNOWN), undefined);
  assert.is(nearest('anything', []), undefined);
});

test.run();
