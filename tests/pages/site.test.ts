/** The documentation's site: what its links become, and what the check of the built site finds. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

interface Pages {
  sitePages(): ReadonlyMap<string, string>;
  rewritten(path: string, pages: ReadonlyMap<string, string>, wanted: Set<string>): string;
  sidebar(pages: ReadonlyMap<string, string>): { text: string; items: { text: string; link: string }[] }[];
}
interface Check {
  problemsOf(folder: string, base: string): readonly string[];
}

const load = (file: string) => import(new URL(`../../docs/site/${file}`, import.meta.url).href);
const { sitePages, rewritten, sidebar }: Pages = await load('pages.mjs');
const { problemsOf }: Check = await load('check.mjs');

const test = suite('the site of the documentation');

test('every page of docs/ has a place of its own', () => {
  const places = [...sitePages().values()];
  assert.is(new Set(places).size, places.length);
  for (const place of ['index.md', 'start.md', 'deploy/index.md', 'protocol.md'])
    assert.ok(places.includes(place), place);
});

test('links lead to pages of the site, to files beside it, or are text', () => {
  const pages = sitePages();
  const wanted = new Set<string>();
  const map = rewritten('docs/README.md', pages, wanted);
  assert.match(map, '](./protocol.md)');
  assert.match(map, '](./decisions/index.md)');
  const deploy = rewritten('docs/deploy/README.md', pages, wanted);
  assert.match(deploy, '](/files/deploy/');
  assert.ok([...wanted].every((path) => path.startsWith('docs/')));
  for (const text of [map, deploy]) assert.not.match(text, /\]\((?!\.|\/files\/|https?:|#)/);
});

test('the side bar has the parts of the map with their pages', () => {
  const parts = sidebar(sitePages());
  assert.equal(
    parts.map(({ text }) => text),
    ['Start here', 'Guides', 'Reference', 'Internals'],
  );
  assert.ok(parts.every(({ items }) => items.length > 2));
});

test('a link and an anchor that lead nowhere are found in the built site', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hostbeat-site-'));
  try {
    mkdirSync(join(folder, 'deploy'));
    const links = [
      '/hb/b#there',
      '/hb/b.html#gone',
      './c',
      '/b',
      '/hb/deploy/',
      'https://elsewhere.example',
      '#x',
    ];
    const body = links.map((href) => `<a href="${href}">`).join('');
    writeFileSync(join(folder, 'a.html'), `<p id="x">${body}</p>`);
    writeFileSync(join(folder, 'b.html'), '<h1 id="there"></h1>');
    writeFileSync(join(folder, 'deploy', 'index.html'), '<a href="../a.html#x">');
    assert.equal(problemsOf(folder, '/hb/'), [
      'a.html: /hb/b.html#gone: the page has no such anchor',
      'a.html: ./c: leads nowhere',
      'a.html: /b: does not begin with /hb/',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
