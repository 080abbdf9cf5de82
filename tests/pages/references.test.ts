import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TRIED_ELSEWHERE, TYPED } from './typed.ts';

/** What the pages of the tree point to: links, headings, files named as code. */
const root = resolve(import.meta.dirname, '../..');
const pages = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((page) => page !== '' && existsSync(join(root, page)));
/** Paths below the folders of the tree, as pages name them. */
const FOLDERS = /^(server|db|client-sdk|tests|docs|bench|migrations|packaging)\/[\w./-]*$/;

interface Page {
  readonly page: string;
  readonly text: string;
}

function read(page: string): Page {
  return { page, text: readFileSync(join(root, page), 'utf8') };
}

/** The anchors that GitHub gives to a page's headings. */
function anchorsOf({ text }: Page): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const test = suite('pages');

test('every link of a page leads to a file and a heading that exist', () => {
  const broken = pages.map(read).flatMap((from) =>
    [...from.text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
      if (/^(https?|mailto):/.test(target)) return [];
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? from.page : relative(root, resolve(root, dirname(from.page), file));
      if (!existsSync(join(root, path))) return [`${from.page}: ${target}`];
      if (anchor === undefined || !path.endsWith('.md')) return [];
      return anchorsOf(read(path)).includes(anchor) ? [] : [`${from.page}: ${target}`];
    }),
  );
  assert.equal(broken, []);
});

test('every file that a page names exists', () => {
  const missing = pages.map(read).flatMap(({ page, text }) =>
    [...text.matchAll(/`([^`\n]+)`/g)]
      .map(([, code = '']) => code)
      .filter((code) => FOLDERS.test(code) && !/dist\/|DATE/.test(code) && !existsSync(join(root, code)))
      .map((code) => `${page}: ${code}`),
  );
  assert.equal(missing, []);
});

test('every command block of a page is typed by a test, or tried elsewhere', () => {
  const typed = new Set([...TYPED.map(({ page }) => page), ...Object.keys(TRIED_ELSEWHERE)]);
  const marked = pages.map(read).filter(({ text }) => /^```(sh|text)\b/m.test(text));
  assert.equal(
    marked.map(({ page }) => page).filter((page) => !typed.has(page)),
    [],
  );
});

test.run();
