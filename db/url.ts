/** Parses HOSTBEAT_DATABASE_URL: which engine, and where. */
import { DatabaseRefused } from './refused.ts';

/**
 * Path in `sqlite:PATH`. The message names the scheme and never the whole URL, which may contain a password.
 * @throws DatabaseRefused `unsupported`
 */
export function sqlitePath(url: string): string {
  const [scheme, path] = split(url);
  if (scheme === 'sqlite' && path !== '') return path;
  const given = scheme === 'sqlite' ? 'a URL without a path' : `"${scheme}:"`;
  throw new DatabaseRefused(
    'unsupported',
    `HOSTBEAT_DATABASE_URL: ${given} is not supported here; write sqlite:PATH, for example sqlite:/var/lib/hostbeat/hostbeat.db, or postgres://USER@HOST/DATABASE`,
  );
}

/** Is it the URL of a PostgreSQL server? */
export function isPostgres(url: string): boolean {
  return /^postgres(ql)?:\/\//i.test(url);
}

/** `sqlite:a.db`, `sqlite:/var/a.db`, and `sqlite:///var/a.db`, which other programs use. */
function split(url: string): [scheme: string, path: string] {
  const colon = url.indexOf(':');
  if (colon < 1) return ['', url];
  return [url.slice(0, colon).toLowerCase(), url.slice(colon + 1).replace(/^\/\/(?=\/)/, '')];
}
