/** Values as JSON text, written at once: what `JSON.stringify` says of them, for a part of what it costs. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

export function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Undefined of undefined: JSON leaves such a key out. */
export function textOrNull(text: string | null | undefined): string | undefined {
  if (text === null) return 'null';
  return text === undefined ? undefined : quoted(text);
}

/** The part of a longer JSON text, without quotes of its own. */
export function inside(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Of an object whose values are texts. An empty one is what most rows have. */
export function textRecord(record: Readonly<Record<string, string>> | undefined): string | undefined {
  if (record === undefined) return undefined;
  let text = '{';
  for (const key in record) {
    const value = record[key];
    if (typeof value !== 'string') return JSON.stringify(record);
    text += `${text === '{' ? '' : ','}${quoted(key)}:${quoted(value)}`;
  }
  return `${text}}`;
}

/** Of an array that is mostly empty. */
export function list(values: readonly unknown[] | null | undefined): string | undefined {
  return values?.length === 0 ? '[]' : JSON.stringify(values);
}

/** Of an object that is mostly empty. */
export function record(values: object | undefined): string | undefined {
  for (const _ in values) return JSON.stringify(values);
  return values === undefined ? undefined : '{}';
}
