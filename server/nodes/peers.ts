/**
 * The other nodes, as this one knows them from their digests. A node that was silent for a second, or left a question
 * unanswered, is lost: nothing waits for it any more, and the services that reported to it get time to report to
 * another node. Time is counted in this node's own looks: while this process paused, no node was silent.
 */
import type { Duration } from '../domain/clock.ts';
import type { Digest } from './digest.ts';

/** A node without a sign of life for this long is lost. */
export const LOST_AFTER: Duration = 1_000;
/** The most that a late look counts. */
const LONGEST_LOOK: Duration = 400;
/** How long a lost node is remembered, so that an old message of it is not taken for a new node. */
const REMEMBERED: Duration = 600_000;

export interface Peer {
  readonly id: number;
  /** The node's last message. */
  last: Omit<Digest, 'heard' | 'departed'>;
  /** On the clock of looks. */
  heardAt: Duration;
  isLost: boolean;
}

export class Peers {
  readonly #peers = new Map<number, Peer>();
  #looked: Duration = 0;

  /** Adds the time since the last look, as far as it counts. */
  look(since: Duration): void {
    this.#looked += Math.min(Math.max(0, since), LONGEST_LOOK);
  }

  /** On the clock of looks. */
  get now(): Duration {
    return this.#looked;
  }

  /** @returns false for a message that was received before */
  heard({ heard: _, departed: __, ...last }: Digest): boolean {
    const peer = this.#peers.get(last.from);
    if (peer !== undefined && last.n <= peer.last.n) return false;
    const isLost = last.state === 'left';
    if (peer === undefined) this.#peers.set(last.from, { id: last.from, last, heardAt: this.now, isLost });
    else Object.assign(peer, { last, heardAt: this.now, isLost });
    return true;
  }

  /** Marks the nodes that have been silent for too long as lost, and returns them. */
  silent(): number[] {
    const lost: number[] = [];
    for (const [id, peer] of this.#peers) {
      if (!peer.isLost && this.now - peer.heardAt >= LOST_AFTER) {
        peer.isLost = true;
        lost.push(id);
      }
      if (this.now - peer.heardAt >= REMEMBERED) this.#peers.delete(id);
    }
    return lost;
  }

  /** Marks a node that left a question unanswered as lost. @returns false if it was lost before */
  give(id: number): boolean {
    const peer = this.#peers.get(id);
    if (peer === undefined || peer.isLost) return false;
    peer.isLost = true;
    return true;
  }

  /** Are there, or were there recently, nodes that have not announced their leave? */
  get hasOthers(): boolean {
    return [...this.#peers.values()].some(({ last }) => last.state !== 'left');
  }

  /** The nodes that are not lost. */
  live(): Peer[] {
    return [...this.#peers.values()].filter(({ isLost }) => !isLost);
  }
}
