/** Shows people names instead of ids. */
import { shortId } from '../accounts/directory.ts';

const IDS = /\b(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32})\b/g;

/** The same text with every known id replaced by its name, and the others shortened as in tables. */
export function withNames(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(IDS, (id) => names.get(id) ?? shortId(id));
}
