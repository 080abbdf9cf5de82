/** Reads the points of CHANGELOG.md that are marked for operators, for the newest version. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CHANGELOG = fileURLToPath(new URL('../../../CHANGELOG.md', import.meta.url));

export function operatorNotes(): readonly string[] {
  return existsSync(CHANGELOG) ? notesOf(readFileSync(CHANGELOG, 'utf8')) : [];
}

/** The marked points of the first section, each on one line. */
export function notesOf(changelog: string): readonly string[] {
  const [, newest = ''] = changelog.split(/^## .*$/m);
  return (
    newest
      .split(/^(?=\* |### )/m)
      .filter((point) => point.startsWith('* ') && point.includes('**Operators'))
      .map((point) => point.slice(2).replaceAll('**', '').replace(/\s+/g, ' ').trim())
      // All of these are for operators: the word is needed only where it separates the change from the action.
      .map((point) => point.replace(/^Operators: (\w)/, (_, first: string) => first.toUpperCase()))
  );
}
