import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allowedImports, PACKAGES, PARTS } from './imports.ts';
import { readPage, withImports } from './page.ts';

const root = resolve(import.meta.dirname, '../..');
const sources = ['client-sdk/protocol', 'client-sdk/src', 'server', 'db'].flatMap(filesBelow);

interface Import {
  readonly from: string;
  readonly to: string;
}

function filesBelow(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs)$/.test(name) && !name.includes('node_modules') && !name.includes('dist/'))
    .map((name) => join(folder, name));
}

/** Import and export statements and dynamic imports. Types count too: a part that uses a type depends on its part. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const pattern = /(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)['"]([^'"]+)['"]/gm;
  return [...text.matchAll(pattern)].map((match) => ({ from: file, to: match[1] ?? '' }));
}

function isWithin(file: string, place: string): boolean {
  return file === place || file.startsWith(`${place}/`);
}

function partOf(file: string): string | undefined {
  return Object.keys(PARTS)
    .filter((part) => isWithin(file, part))
    .sort((a, b) => b.length - a.length)[0];
}

const imports = sources.flatMap(importsOf);
const local = imports.filter(({ to }) => to.startsWith('.'));
const arrows = local.map(({ from, to }) => ({ from, to: relative(root, resolve(root, dirname(from), to)) }));

const test = suite('architecture');

test('every source file belongs to a part', () => {
  assert.equal(
    sources.filter((file) => partOf(file) === undefined),
    [],
  );
});

test('imports run one way', () => {
  const wrong = arrows
    .filter(({ from, to }) => {
      const part = partOf(from) ?? '';
      return !isWithin(to, part) && !allowedImports(part).some((allowed) => isWithin(to, allowed));
    })
    .map(({ from, to }) => `${from} must not import ${to}`);
  assert.equal(wrong, []);
});

test('every import that a part is allowed is one that it has', () => {
  const idle = Object.entries(PARTS).flatMap(([part, { imports: allowed }]) =>
    allowed
      .filter((place) => !arrows.some(({ from, to }) => partOf(from) === part && isWithin(to, place)))
      .map((place) => `${part} does not import ${place}`),
  );
  assert.equal(idle, []);
});

test('the page of the architecture shows the table of imports as it is', () => {
  const page = readPage();
  assert.is(page, withImports(page), 'run: npx tsx tests/architecture/page.ts');
});

test('imports of our own files carry their extension', () => {
  assert.equal(
    local.filter(({ to }) => !/\.(ts|mjs|json)$/.test(to)),
    [],
  );
});

test('a package is imported where it belongs and nowhere else', () => {
  const wrong = imports
    .filter(({ from, to }) => {
      const places = Object.entries(PACKAGES).find(([name]) => to === name || to.startsWith(`${name}/`))?.[1];
      return places !== undefined && !places.some((place) => isWithin(from, place));
    })
    .map(({ from, to }) => `${from} must not name ${to}`);
  assert.equal(wrong, []);
});

test('the client needs nothing at run time but itself', () => {
  const wrong = imports.filter(({ from, to }) => from.startsWith('client-sdk/src') && !to.startsWith('.'));
  assert.equal(wrong, []);
});

test('the domain reads no clock, draws no random number and waits for nothing', () => {
  const forbidden =
    /\bDate\.now\(|\bperformance\.|\bMath\.random\(|\brandomUUID\(|\bawait\b|\basync\b|\bsetTimeout\b/;
  const wrong = sources
    .filter((file) => file.startsWith('server/domain/'))
    .filter((file) =>
      forbidden.test(readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
    );
  assert.equal(wrong, []);
});

test.run();
