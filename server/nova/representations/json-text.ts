/** Values as JSON text: what `JSON.stringify` says of them. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

export function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** The part of a longer JSON text, without quotes of its own. */
export function inside(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

const OPENING_BRACE = 0x7b;

/**
 * The same text in one piece. What was put together by `+` is a tree of pieces until somebody reads it: kept as it is, it
 * takes several times its length, and all of the tree is walked whenever it is sent.
 */
export function flattened(text: string): string {
  // To look at a character makes the engine copy the tree into one string. What is looked at must matter, or it is left out.
  return text.charCodeAt(0) === OPENING_BRACE ? text : `${text}`;
}
