/** Tables for people. Programs take `--json`. */
import { columnsOf, padded, printable } from './text.ts';

/** Columns as wide as their widest cell, two blanks between them; the last is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map(printable));
  const widths = head.map((_, column) =>
    all.reduce((widest, row) => Math.max(widest, columnsOf(row[column] ?? '')), 0),
  );
  const lines = all.map((row) =>
    row
      .map((cell, column) => (column === head.length - 1 ? cell : padded(cell, widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
