/**
 * PORT. What the nodes on one database share besides the store: messages that reach all of them, and the record that
 * says which of them leads.
 */

/** It changes with each beat of its holder: who sees it unchanged for long enough may take it. */
export interface LeaseRecord {
  /** Null: nobody holds it, and the first who asks gets it. */
  readonly holder: number | null;
  /** One more with every holder. Commits that only the leader may make carry it as their fence. */
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
  /** A new one for each start of a process: two of one name are two nodes. */
  readonly id: number;
  readonly name: string;
  /**
   * Sends them in order to every node that listens, this one included. Rejects when that cannot be known; they may have
   * arrived all the same.
   */
  send(messages: readonly string[]): Promise<void>;
  /** @param begun called each time listening begins: what was sent before may have been missed */
  listen(heard: (message: string) => void, begun: () => void): void;
  /** Listening seems to be dead: it begins again on another connection. */
  listenAgain(): void;
  lease(): Promise<LeaseRecord>;
  /** @returns false if it is not held any more */
  beat(epoch: number): Promise<boolean>;
  /**
   * Takes the lease if it is still as it was seen, and fences off its former holder: when this resolves with an epoch, no
   * commit with an older one succeeds.
   */
  take(seen: LeaseRecord): Promise<number | undefined>;
  /** Gives it up, if it is still held: others take it at once. */
  release(epoch: number): Promise<void>;
  /** Whether no other node is connected to the database. */
  isOnly(): Promise<boolean>;
  nodes(ids: readonly number[]): Promise<readonly NodeEntry[]>;
  close(): Promise<void>;
}
