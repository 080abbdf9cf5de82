/** Which pages of the tree the site has, where each stands in it, and how their links are written there. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

export const ROOT = new URL('../../', import.meta.url).pathname;

/** Pages outside docs/, by their place in the tree. */
const ELSEWHERE = {
  'README.md': 'readme.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'reporting.md',
  'client-sdk/README.md': 'client.md',
  'client-sdk/protocol/PROTOCOL.md': 'protocol.md',
  'client-sdk/python/README.md': 'python.md',
  'client-sdk/conformance/README.md': 'conformance.md',
  'tests/README.md': 'tests.md',
};

/** From a page's path in the tree to its path in the site. */
export function sitePages() {
  const pages = new Map(Object.entries(ELSEWHERE).filter(([path]) => existsSync(ROOT + path)));
  for (const file of readdirSync(`${ROOT}docs`, { recursive: true })) {
    if (!file.endsWith('.md') || file.startsWith('site/')) continue;
    pages.set(`docs/${file}`, file.toLowerCase().replace(/(^|\/)readme\.md$/, '$1index.md'));
  }
  return pages;
}

/** The text of a page with its links as they are in the site. `wanted` gets each file that one leads to. */
export function rewritten(path, pages, wanted) {
  // A link may run over the end of a line; what stands between fences is code.
  const parts = readFileSync(ROOT + path, 'utf8').split(/^(\s*(?:```|~~~)[\s\S]*?^\s*(?:```|~~~)[^\S\n]*$)/m);
  return parts
    .map((part, n) =>
      n % 2 === 1 ? part : part.replace(LINK, (...found) => link(path, found, pages, wanted)),
    )
    .join('');
}

const LINK = /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g;

function link(from, [whole, image, text, target], pages, wanted) {
  if (/^[a-z]+:|^#/i.test(target)) return whole;
  const [file, anchor] = target.split('#');
  const path = normalize(join(dirname(from), file)).replace(/\/$/, '');
  if (!existsSync(ROOT + path)) throw new Error(`${from}: there is no ${target}`);
  const page = pages.get(path) ?? pages.get(`${path}/README.md`) ?? (path === DECISIONS ? INDEX : undefined);
  if (page !== undefined) {
    const here = dirname(pages.get(from));
    const there = relative(here, page);
    return `[${text}](${there.startsWith('.') ? there : `./${there}`}${anchor === undefined ? '' : `#${anchor}`})`;
  }
  // A file to use stands beside the pages; code is named and not shown.
  if (!path.startsWith('docs/') || !statSync(ROOT + path).isFile()) return image ? '' : text;
  wanted.add(path);
  return `${image}[${text}](/files/${fileIn(path)})`;
}

/** Where a file of docs/ stands in the site. VitePress takes a link to an unknown ending for one to a page. */
export function fileIn(path) {
  const file = path.slice('docs/'.length);
  return /\.(json|png|svg|txt|ya?ml)$/.test(file) ? file : `${file}.txt`;
}

const DECISIONS = 'docs/decisions';
const INDEX = 'decisions/index.md';

/** The list of decisions, which in the tree is the folder itself. */
export function decisionsPage(pages) {
  const all = [...pages].filter(([path]) => path.startsWith(`${DECISIONS}/`)).sort();
  const rows = all.map(([path, page]) => `* [${titleOf(path)}](./${relative('decisions', page)})`);
  return [INDEX, `# Decisions\n\nWhy it is as it is, one short page each.\n\n${rows.join('\n')}\n`];
}

export function titleOf(path) {
  return /^# (.*)$/m.exec(readFileSync(ROOT + path, 'utf8'))?.[1]?.replaceAll('`', '') ?? path;
}

/** The parts of the map docs/README.md with the pages that each lists: the site's side bar. */
export function sidebar(pages) {
  const parts = readFileSync(`${ROOT}docs/README.md`, 'utf8').split(/^## /m).slice(1);
  return parts.map((part) => {
    const items = [...part.matchAll(LINK)].flatMap(([, , text, target]) => {
      const path = normalize(join('docs', target)).replace(/\/$/, '');
      const page = pages.get(path) ?? (path === DECISIONS ? INDEX : undefined);
      return page === undefined ? [] : [{ text, link: `/${page.replace(/(index)?\.md$/, '')}` }];
    });
    return { text: part.slice(0, part.indexOf('\n')), items };
  });
}
