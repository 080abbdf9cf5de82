/**
 * PORT. What the nodes on one database share besides the store: messages that reach all nodes, and the record that
 * names the leader.
 */

/** It changes with each beat of its holder: a node that sees it unchanged for long enough may take it. */
export interface LeaseRecord {
  /** Null: no node holds it, and the first to ask gets it. */
  readonly holder: number | null;
  /** Increases by one with every holder. Commits that only the leader may make have it as their fence. */
  readonly epoch: number;
  readonly beat: number;
}

/** A node as it registered. */
export interface NodeEntry {
  readonly id: number;
  readonly name: string;
  readonly version: string;
  readonly startedAt: number;
}

export interface NodeLink {
  /** A new one for each start of a process: two nodes may have one name, but not one id. */
  readonly id: number;
  readonly name: string;
  /**
   * Sends the messages in order to every node that listens, including this one. Rejects if their arrival cannot be
   * known; they may have arrived all the same.
   */
  send(messages: readonly string[]): Promise<void>;
  /** @param begun called each time listening begins: messages sent before may have been missed */
  listen(heard: (message: string) => void, begun: () => void): void;
  /** Listening seems to have failed: starts again on another connection. */
  listenAgain(): void;
  lease(): Promise<LeaseRecord>;
  /** @returns false if this node no longer holds the lease */
  beat(epoch: number): Promise<boolean>;
  /**
   * Takes the lease if it has not changed since `seen`, and fences off its former holder: when this resolves with an
   * epoch, no commit with an older one succeeds.
   */
  take(seen: LeaseRecord): Promise<number | undefined>;
  /** Releases the lease if this node still holds it, so that another node can take it at once. */
  release(epoch: number): Promise<void>;
  /** Is no other node connected to the database? */
  isOnly(): Promise<boolean>;
  nodes(ids: readonly number[]): Promise<readonly NodeEntry[]>;
  close(): Promise<void>;
}
