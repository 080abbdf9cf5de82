/** Names instead of ids, for people. */
import { shortId } from '../accounts/directory.ts';

const IDS = /\b(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32})\b/g;

/** The same text with every id that has a name replaced by it, and the others cut as tables show them. */
export function withNames(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(IDS, (id) => names.get(id) ?? shortId(id));
}
