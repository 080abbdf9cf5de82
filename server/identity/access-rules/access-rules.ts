/** Access rules of application credentials: which requests a token may make. Pure; matched as Keystone matches them. */
import { RE2JS } from 're2js';
import type { AccessRule } from '../../ports/accounts.ts';

export type RequestRule = Pick<AccessRule, 'service' | 'method' | 'path'>;

/** A token's request, in the terms that a rule uses. */
export interface TokenRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

/** The service types that name our paths: the one in the catalog, and our own. `/identity` has another. */
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
 * `{tag}` and `*` match one segment, `**` any text, everything else itself. Matched in linear time, because the user
 * writes the pattern.
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

/** Decoded as the routers decode it: an encoded slash is a slash. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
