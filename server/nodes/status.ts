/** The state of this node and of the others, for people and programs. */
import type { Digest } from './digest.ts';
import type { Peers } from './peers.ts';
import { differing, type SettingDigests } from './settings.ts';

export interface NodeStatus {
  readonly id: number;
  readonly leads: boolean;
  /** The last commit that the node has announced. */
  readonly tail: number;
  readonly state: 'live' | 'leaving' | 'left';
  /** What keeps the node from working. */
  readonly trouble?: string;
  /** Names of the settings that differ from those of the leader, or from this node's own where no node leads. */
  readonly differs?: readonly string[];
  readonly heardMsAgo: number;
}

export interface NodesStatus {
  readonly self: NodeStatus;
  /** The live nodes, this one included, oldest first. */
  readonly nodes: readonly NodeStatus[];
}

interface Own {
  readonly id: number;
  readonly leads: boolean;
  readonly tail: number;
  readonly state: Digest['state'];
  readonly trouble: string | undefined;
  readonly settings: SettingDigests | undefined;
}

export function nodeStatus(self: Own, peers: Peers): NodesStatus {
  const live = peers.live();
  const leader = self.leads ? self : live.find(({ last }) => last.leads !== undefined)?.last;
  const expected = leader?.settings ?? self.settings;
  const own = toStatus({ ...self, heardMsAgo: 0 }, expected);
  const others = live.map(({ id, last, heardAt }) =>
    toStatus(
      {
        id,
        leads: last.leads !== undefined,
        tail: last.tail,
        state: last.state,
        trouble: last.trouble,
        settings: last.settings,
        heardMsAgo: Math.round(peers.now - heardAt),
      },
      expected,
    ),
  );
  return { self: own, nodes: [own, ...others].sort((a, b) => a.id - b.id) };
}

function toStatus(
  { trouble, state, settings, ...rest }: Own & { readonly heardMsAgo: number },
  expected: SettingDigests | undefined,
): NodeStatus {
  const differs = differing(expected, settings);
  return {
    ...rest,
    state: state ?? 'live',
    ...(trouble === undefined ? {} : { trouble }),
    ...(differs.length === 0 ? {} : { differs }),
  };
}
