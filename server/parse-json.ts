/** Parses JSON as clients send it: some put a byte order mark before it, which the grammar does not allow. */
const MARK = 0xfeff;

/** @throws SyntaxError */
export function parseJson(text: string): unknown {
  return JSON.parse(text.charCodeAt(0) === MARK ? text.slice(1) : text);
}
