import { RE2JS } from 're2js';

/** A few times longer than any text that can be searched. */
const LONGEST = 1024;

/** Steps of the compiled pattern: with this many, a text of 255 characters takes some 6 milliseconds at worst. */
const MOST_STEPS = 500;

/**
 * A pattern as Nova's database would search with it: anywhere in the text, ignoring case. Compiled by an engine that
 * needs linear time for every pattern, so that no pattern can block the loop. Look-around, back-references and
 * thousands of repetitions need more: they are refused as unreadable patterns.
 * @returns undefined for an invalid pattern
 */
export function compileRegex(pattern: string): RE2JS | undefined {
  if (pattern === '' || pattern.length > LONGEST) return undefined;
  try {
    const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
    return compiled.programSize() > MOST_STEPS ? undefined : compiled;
  } catch {
    return undefined;
  }
}
