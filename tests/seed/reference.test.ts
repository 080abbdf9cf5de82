import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FlavorDocument, InstanceDocument, ServiceDocument } from '../../server/documents/schemas.ts';
import { SeedDocument } from '../../server/seed/document.ts';
import { seedReference } from '../../server/seed/reference.ts';

const test = suite('reference of the seed document');

test('docs/reference/seed.md is what "seed --reference" prints', () => {
  assert.is(readFileSync('docs/reference/seed.md', 'utf8'), seedReference());
});

test('every field has a word on what it is', () => {
  for (const schema of [SeedDocument, FlavorDocument, InstanceDocument, ServiceDocument])
    for (const [name, field] of Object.entries(schema.shape)) assert.ok(field.description, name);
});

test.run();
