/** Paths as Keystone takes them, before authentication: unknown paths, other spellings, and OPTIONS. */
import type { MiddlewareHandler } from 'hono';
import { DomainError } from '../../domain/errors.ts';

interface Route {
  readonly method: string;
  readonly path: string;
}

/**
 * 404 for an unknown path, 405 with `Allow` for an unknown method, 308 to the path with single slashes, and the methods
 * to OPTIONS. A slash at the end makes no difference.
 * @param routes the routes that are served; routes may be added later
 */
export function knownPaths(
  routes: () => readonly Route[],
  base: (request: Request) => string,
): MiddlewareHandler {
  let methods: ((path: string) => readonly string[]) | undefined;
  return async (c, next) => {
    methods ??= methodsOf(routes());
    const asked = c.req.path.replace(/\/+$/, '');
    const path = asked.replace(/\/{2,}/g, '/');
    const served = methods(path);
    if (served.length === 0) throw new DomainError('not_found', 'The resource could not be found.');
    if (path !== asked) {
      const { search } = new URL(c.req.url);
      return c.body(null, 308, { Location: `${base(c.req.raw)}${path}${search}` });
    }
    const allowed = [...served, 'OPTIONS'].sort();
    const Allow = allowed.join(', ');
    if (c.req.method === 'OPTIONS') return c.body(null, 200, { Allow });
    if (allowed.includes(c.req.method)) return next();
    const message = 'The method is not allowed for the requested URL.';
    return c.json({ error: { code: 405, message, title: 'Method Not Allowed' } }, 405, { Allow });
  };
}

/** The methods of a path; empty for an unknown path. Routes for all methods do not count. */
export function methodsOf(routes: readonly Route[]): (path: string) => readonly string[] {
  const known = routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => ({ method, pattern: patternOf(path) }));
  return (path) => {
    const found = known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...new Set([...found, ...(found.includes('GET') ? ['HEAD'] : [])])].sort();
  };
}

function patternOf(path: string): RegExp {
  const parts = path
    .split('/')
    .map((part) =>
      part.startsWith(':') ? (/\{(.+)\}$/.exec(part)?.[1] ?? '[^/]+') : part.replace(/[^\w-]/g, '\\$&'),
    );
  return new RegExp(`^${parts.join('/').replace(/\/$/, '')}$`);
}

/** For the application that mounts the API: its own router matches the path, and would refuse a slash at the end. */
export function withoutTrailingSlash(path: string): string {
  return path.startsWith('/identity/') ? path.replace(/\/+$/, '') : path;
}
