import { tryDecodeURIComponent } from 'hono/utils/url';
import type { Route } from './routes.ts';

export interface Routed {
  readonly route: Route;
  /** Named segments of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
}

interface RouteNode {
  readonly literal: Map<string, RouteNode>;
  /** The branch of a named segment, whatever its text. */
  named: RouteNode | undefined;
  readonly routes: Map<string, MatchedRoute>;
}

interface MatchedRoute {
  readonly route: Route;
  /** The places of the named segments in the path. */
  readonly names: readonly (readonly [name: string, segment: number])[];
}

/**
 * Finds the route of a method and a path. Hono's fast router can handle neither `detail` beside `:id` nor a project
 * before everything, and its other one costs as much as the whole rest of a small answer.
 */
export class Router {
  readonly #start = place();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const segments = segmentsOf(route.path);
      const names = segments.flatMap((segment, n) =>
        segment.startsWith(':') ? [[segment.slice(1), n] as const] : [],
      );
      segments.slice(1).reduce(next, this.#start).routes.set(route.method, { route, names });
    }
  }

  /** @param path below the root, with a slash before it */
  find(method: string, path: string): Routed | undefined {
    const segments = segmentsOf(path);
    const found = find(this.#start, method, segments, 1);
    if (found === undefined) return undefined;
    const params: Record<string, string> = {};
    for (const [name, n] of found.names) {
      const segment = segments[n] ?? '';
      params[name] = segment.includes('%') ? tryDecodeURIComponent(segment) : segment;
    }
    return { route: found.route, params };
  }
}

function place(): RouteNode {
  return { literal: new Map(), named: undefined, routes: new Map() };
}

/** The first is empty: the text before the slash. */
function segmentsOf(path: string): string[] {
  return path.split('/');
}

function next(at: RouteNode, segment: string): RouteNode {
  if (segment.startsWith(':')) {
    at.named ??= place();
    return at.named;
  }
  const there = at.literal.get(segment) ?? place();
  at.literal.set(segment, there);
  return there;
}

/** A literal wins over a name, unless it leads nowhere. */
function find(
  at: RouteNode,
  method: string,
  segments: readonly string[],
  n: number,
): MatchedRoute | undefined {
  const segment = segments[n];
  if (segment === undefined) return at.routes.get(method);
  const literal = at.literal.get(segment);
  const found = literal && find(literal, method, segments, n + 1);
  if (found !== undefined || at.named === undefined || segment === '') return found;
  return find(at.named, method, segments, n + 1);
}
