/** A server's name is whatever its owner typed: nothing in it may move a cursor, end a line or hide behind the text. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}
