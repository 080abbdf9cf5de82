/** Tables for people. Programs take `--json`. */
import { columnsOf, padded, printable } from './text.ts';

/**
 * All column heads. A name means the same in every list, so a reader, or a program that cuts columns, learns it once.
 * Ids are short and times are RFC 3339; AGE is the age of the time before it.
 */
export type Column =
  | 'ID'
  | 'VERSION'
  | 'STARTED'
  | 'COMMIT'
  | 'BEHIND'
  | 'TROUBLE'
  | 'NAME'
  | 'PROJECT'
  | 'HOST'
  | 'HOSTS'
  | 'BINARY'
  | 'ZONE'
  | 'SERVICES'
  | 'SERVERS'
  | 'DRILLS'
  | 'STATUS'
  | 'STATE'
  | 'HOST STATUS'
  | 'EVIDENCE'
  | 'FENCE'
  | 'CONFIDENCE'
  | 'SINCE'
  | 'AT'
  | 'AGE'
  | 'CREATED'
  | 'UPDATED'
  | 'EXPIRES'
  | 'LAST USED'
  | 'LAST DELIVERY'
  | 'REASON'
  | 'KIND'
  | 'FROM'
  | 'TO'
  | 'CAUSE'
  | 'ACTOR'
  | 'ADDRESS'
  | 'ACTION'
  | 'SUBJECT'
  | 'CHANGES'
  | 'ENABLED'
  | 'ROLES'
  | 'FORMAT'
  | 'URL'
  | 'FIELD'
  | 'VALUE'
  | 'VARIABLE'
  | 'SOURCE'
  | 'TABLE'
  | 'ROWS';

/** Columns as wide as their widest cell, two blanks between them; the last is not padded. */
export function table(head: readonly Column[], rows: readonly (readonly string[])[]): string {
  const all: readonly (readonly string[])[] = [head, ...rows].map((row) => row.map(printable));
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
