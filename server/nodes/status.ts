/** What a node says of itself and of the others, for people and programs. */
import type { Digest } from './digest.ts';
import type { Peers } from './peers.ts';

export interface NodeStatus {
  readonly id: number;
  readonly leads: boolean;
  /** The last commit that it has announced. */
  readonly tail: number;
  readonly state: 'live' | 'leaving' | 'left';
  /** What keeps it from its work. */
  readonly trouble?: string;
  readonly heardMsAgo: number;
}

export interface NodesStatus {
  readonly self: NodeStatus;
  /** Those that are heard, this one included, oldest first. */
  readonly nodes: readonly NodeStatus[];
}

interface Own {
  readonly id: number;
  readonly leads: boolean;
  readonly tail: number;
  readonly state: Digest['state'];
  readonly trouble: string | undefined;
}

export function statusOf({ id, leads, tail, state, trouble }: Own, peers: Peers): NodesStatus {
  const own = toStatus({ id, leads, tail, state, trouble, heardMsAgo: 0 });
  const others = peers.live().map((peer) =>
    toStatus({
      id: peer.id,
      leads: peer.last.leads !== undefined,
      tail: peer.last.tail,
      state: peer.last.state,
      trouble: peer.last.trouble,
      heardMsAgo: Math.round(peers.now - peer.heardAt),
    }),
  );
  return { self: own, nodes: [own, ...others].sort((a, b) => a.id - b.id) };
}

function toStatus({ trouble, state, ...rest }: Own & { readonly heardMsAgo: number }): NodeStatus {
  return { ...rest, state: state ?? 'live', ...(trouble === undefined ? {} : { trouble }) };
}
