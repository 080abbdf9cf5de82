/** Checks the built site: every link of a page leads to a file of the site, and every anchor to an id in it. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';

export function problemsOf(folder, base) {
  const pages = readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.html') && file !== '404.html')
    .sort();
  const ids = new Map(pages.map((page) => [page, idsOf(readFileSync(join(folder, page), 'utf8'))]));
  return pages.flatMap((page) =>
    linksOf(readFileSync(join(folder, page), 'utf8')).flatMap((link) => {
      const problem = problemOf(page, link);
      return problem === undefined ? [] : [`${page}: ${link}: ${problem}`];
    }),
  );

  function problemOf(page, link) {
    const [path = '', anchor] = link.split('#');
    if (path.startsWith('/') && !path.startsWith(base)) return `does not begin with ${base}`;
    const file =
      path === '' ? page : path.startsWith('/') ? path.slice(base.length) : join(dirname(page), path);
    const found = [file, `${file}.html`, join(file, 'index.html')].find(
      (one) => existsSync(join(folder, one)) && statSync(join(folder, one)).isFile(),
    );
    if (found === undefined) return 'leads nowhere';
    if (!anchor || !found.endsWith('.html')) return undefined;
    return ids.get(found)?.has(decodeURIComponent(anchor)) ? undefined : 'the page has no such anchor';
  }
}

function idsOf(html) {
  return new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));
}

/** Links and sources, without those to other sites. */
function linksOf(html) {
  const all = [...html.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, link]) =>
    link.replaceAll('&amp;', '&'),
  );
  return [...new Set(all)].filter((link) => link !== '' && !/^(?:[a-z]+:|\/\/)/i.test(link));
}
