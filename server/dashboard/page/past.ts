/** Reads the changes from before the page was opened: one request to `/v1/history` for each server. */
import { Rest } from '../../../client-sdk/src/rest.ts';
import type { Past } from './board.ts';
import { SERVERS } from './columns.ts';

/** Servers asked about at most: each is a request. */
const MOST_SERVERS = 50;
const MOST_EACH = 10;
const MOST = 100;
/** Requests under way at once. */
const AT_ONCE = 4;

export function pastOf(url: string, token: string): Past {
  const rest = new Rest({ url, token });
  return async (ids) => {
    const left = ids.slice(0, MOST_SERVERS);
    const found = new Map<string, { readonly at: string; readonly seq: number; readonly sentence: string }>();
    const work = async () => {
      for (let id = left.pop(); id !== undefined; id = left.pop()) {
        let count = 0;
        for await (const item of rest.history(id, { pageSize: MOST_EACH })) {
          found.set(`${item.seq} ${id}`, { at: item.at, seq: item.seq, sentence: SERVERS.sentence(item) });
          if (++count === MOST_EACH) break;
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return [...found.values()].sort((a, b) => b.seq - a.seq).slice(0, MOST);
  };
}
