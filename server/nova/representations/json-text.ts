/** Values as JSON text, exactly as `JSON.stringify` writes them. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

export function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** A value as part of a longer JSON text, without its outer quotes. */
export function inside(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

const OPENING_BRACE = 0x7b;

/**
 * The same text in one piece. A text made with `+` is a tree of pieces until its characters are read: kept as a tree,
 * it takes several times its length, and the whole tree is walked whenever it is sent.
 */
export function flattened(text: string): string {
  // Reading a character makes the engine copy the tree into one string. The result must be used, or the engine skips
  // the read.
  return text.charCodeAt(0) === OPENING_BRACE ? text : `${text}`;
}
