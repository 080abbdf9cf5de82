/**
 * Makes a server's name safe to print: its owner may have typed control characters that move the cursor, end a line or
 * hide text.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}
