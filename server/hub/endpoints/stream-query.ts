import { Subscribe } from '../../../client-sdk/protocol/upstream.ts';
import { problemOf } from '../session/upstream-frame.ts';

/** The id of a subscription given by a URL. Fixed, so that all such subscriptions share their frames. */
export const ID = 'stream';

export type StreamQuery = { readonly subscribe: Subscribe } | { readonly problem: string };

/**
 * Reads `stream`, `project_id`, `servers` and `host_status` of a query string as the frame `subscribe`; the last two
 * may be repeated or be lists with commas. Ignores other keys, also a token.
 */
export function readStreamQuery(query: URLSearchParams, cursor: string | undefined): StreamQuery {
  const one = (key: string) => (query.has(key) ? { [key]: query.get(key) } : {});
  const many = (key: string) =>
    query.has(key) ? { [key]: query.getAll(key).flatMap((text) => text.split(',')) } : {};
  const read = Subscribe.safeParse({
    type: 'subscribe',
    id: ID,
    ...one('stream'),
    ...one('project_id'),
    ...many('servers'),
    ...many('host_status'),
    ...(cursor === undefined ? {} : { cursor }),
  });
  if (!read.success) return { problem: problemOf(read.error) };
  const { data: subscribe } = read;
  if (subscribe.stream === 'hosts' && subscribe.servers !== undefined) {
    return { problem: 'servers: the stream "hosts" has no servers to filter by; leave it out' };
  }
  return { subscribe };
}
