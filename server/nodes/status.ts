/** What a node says of itself and of the others, for people and programs. */
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
