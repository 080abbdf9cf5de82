/** Access rules of application credentials: which requests a token may be used for. Pure; the matching is Keystone's. */
import { RE2JS } from 're2js';
import type { AccessRule } from '../../ports/accounts.ts';

export type RequestRule = Pick<AccessRule, 'service' | 'method' | 'path'>;

/** The request that a token comes with, as a rule names one. */
export interface TokenRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

/** Under which types of service our paths are known: that of the catalog, and our own. `/identity` is another one. */
export const OUR_SERVICES: readonly string[] = ['compute', 'hostbeat'];

/** Without a request to judge, nothing is allowed. */
export function allows(
  rules: readonly RequestRule[],
  request: TokenRequest | undefined,
  services: readonly string[] = OUR_SERVICES,
): boolean {
  if (request === undefined) return false;
  return rules.some(
    ({ service, method, path }) =>
      services.includes(service.toLowerCase()) &&
      method.toUpperCase() === request.method &&
      patternOf(path).matches(decoded(request.path)),
  );
}

const MOST_PATTERNS = 1_000;
const patterns = new Map<string, RE2JS>();

/**
 * `{tag}` and `*` are one segment, `**` any text, everything else stands for itself. Matched in linear time, because
 * the pattern is a user's.
 */
function patternOf(path: string): RE2JS {
  const known = patterns.get(path);
  if (known !== undefined) return known;
  const parts = path.split(/(\{[^}]*\}|\*+)/).map((part) => {
    if (/^\{[^}]*\}$|^\*$/.test(part)) return '[^/]+';
    return /^\*+$/.test(part) ? '.*' : RE2JS.quote(part);
  });
  const pattern = RE2JS.compile(parts.join(''), RE2JS.DOTALL);
  if (patterns.size >= MOST_PATTERNS) patterns.clear();
  patterns.set(path, pattern);
  return pattern;
}

/** As the routers read it: an encoded slash is a slash. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
