import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileRegex } from '../../../server/nova/servers/list/regex.ts';

const test = suite('regular expressions of a list');

test('a pattern is bounded in length and in what it compiles to', () => {
  assert.ok(compileRegex(`[${'a'.repeat(1_022)}]`));
  assert.is(compileRegex(`[${'a'.repeat(1_023)}]`), undefined);
  assert.ok(compileRegex('a{100}'));
  assert.is(compileRegex('a{600}'), undefined);
  assert.is(compileRegex('(a{30}){30}'), undefined);
});

test('a pattern is found anywhere, in any case; another text is refused', () => {
  assert.ok(compileRegex('B.d')?.matcher('abcd').find());
  for (const none of ['', '(', '(?=a)', '(a)\\1']) assert.is(compileRegex(none), undefined, none);
});

test.run();
