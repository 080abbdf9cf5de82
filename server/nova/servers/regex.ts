import { RE2JS } from 're2js';

/** Longer than any name that can be searched for. */
const LONGEST = 255;

/**
 * A pattern as Nova's database would search with it: anywhere in the text, upper and lower case alike. Compiled by an
 * engine that needs linear time whatever the pattern, so that nobody can stall the loop; look-around and
 * back-references, which need more, are refused as patterns that cannot be read.
 * @returns undefined for a text that is no such pattern
 */
export function compileRegex(pattern: string): RE2JS | undefined {
  if (pattern === '' || pattern.length > LONGEST) return undefined;
  try {
    return RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
  } catch {
    return undefined;
  }
}
