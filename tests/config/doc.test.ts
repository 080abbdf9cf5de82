import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { configurationDocument } from '../../server/config/doc.ts';
import { OPTIONS } from '../../server/config/options/table.ts';

const test = suite('configuration document');

test('docs/configuration.md is what "config doc" prints', () => {
  assert.is(readFileSync('docs/configuration.md', 'utf8'), configurationDocument());
});

test('every setting is in it', () => {
  const document = configurationDocument();
  for (const { env, help } of Object.values(OPTIONS)) {
    assert.ok(document.includes(`\`${env}\``), env);
    assert.ok(document.includes(help), env);
  }
});

test.run();
