/**
 * `npm run docs`: builds docs/ and the pages beside it into dist/docs, a folder that any web server can serve. DOCS_BASE names
 * the path under which it will stand, `/` by default. The packages for it are those of this folder's own lock file.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { problemsOf } from './check.mjs';
import { decisionsPage, fileIn, ROOT, rewritten, sitePages } from './pages.mjs';

const HERE = new URL('.', import.meta.url).pathname;
const OUT = `${ROOT}dist/docs`;

function gather() {
  const pages = sitePages();
  const wanted = new Set();
  rmSync(`${HERE}pages`, { recursive: true, force: true });
  const texts = [...pages].map(([path, page]) => [page, rewritten(path, pages, wanted)]);
  for (const [page, text] of [...texts, decisionsPage(pages)]) write(`${HERE}pages/${page}`, text);
  for (const path of wanted) write(`${HERE}pages/public/files/${fileIn(path)}`, readFileSync(ROOT + path));
  cpSync(`${HERE}node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js`, `${HERE}pages/public/files/mermaid.js`);
}

function write(file, content) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

if (!existsSync(`${HERE}node_modules/vitepress`))
  execFileSync('npm', ['ci', '--silent'], { cwd: HERE, stdio: ['ignore', 'inherit', 'inherit'] });
gather();
rmSync(OUT, { recursive: true, force: true });
execFileSync(process.execPath, [`${HERE}node_modules/vitepress/bin/vitepress.js`, 'build', '--outDir', OUT], {
  cwd: HERE,
  stdio: 'inherit',
});
const problems = problemsOf(OUT, process.env.DOCS_BASE ?? '/');
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log('dist/docs is built; every link and anchor in it leads somewhere.');
