/** Makes strangers' text safe for a terminal, and measures it in columns. */

/** Characters that move the cursor, change the line's direction, are invisible, or are half a character. */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** The same, for text of several lines. */
const UNPRINTABLE_IN_LINES = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** One line in which each character that a terminal would obey or hide becomes a question mark. Names come from strangers. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '?');
}

/** As `printable`, but line breaks stay. */
export function printableLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(UNPRINTABLE_IN_LINES, '?');
}

/** East Asian wide and fullwidth characters, and emoji: two columns each. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
/** Combining characters, drawn onto the one before. */
const COMBINING = /[\p{Mn}\p{Me}]/u;
/** Nearly all text: every character is one column. */
const PLAIN = /^[\x20-\x7e]*$/;

/** The columns that the text takes on a terminal. */
export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += columnsOfOne(character);
  return columns;
}

/** The beginning of the text that fits into these columns. */
export function cut(text: string, columns: number): string {
  if (text.length <= columns && PLAIN.test(text)) return text;
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += columnsOfOne(character);
    if (used > columns) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** Pads with blanks to a number of columns. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

function columnsOfOne(character: string): number {
  if (WIDE.test(character)) return 2;
  return COMBINING.test(character) ? 0 : 1;
}

/** A number and its noun: `1 server`, `2 servers`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** An age in its largest useful unit: `45 s`, `12 min`, `3 h`, `9 d`. */
export function ageText(at: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1_000));
  if (Number.isNaN(seconds)) return '?';
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return seconds < 48 * 3_600 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
}
