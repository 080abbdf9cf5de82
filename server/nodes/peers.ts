/**
 * The other nodes, as this one hears them. A node that was silent for a second, or left a question unanswered, is lost:
 * nothing waits for it any more, and what it heard last gets time to be heard by another one. Time is counted in this
 * node's own looks: while it did not run, nobody was silent.
 */
import type { Duration } from '../domain/clock.ts';
import type { Digest } from './digest.ts';

/** Without a sign of life for this long a node is lost. */
export const LOST_AFTER: Duration = 1_000;
/** A look that comes late counts as this much at most. */
const LONGEST_LOOK: Duration = 400;
/** How long a node that is lost is remembered, so that an old message of it is not taken for a new node. */
const REMEMBERED: Duration = 600_000;

export interface Peer {
  readonly id: number;
  /** Its last message. */
  last: Omit<Digest, 'heard' | 'departed'>;
  /** On the clock of looks. */
  heardAt: Duration;
  isLost: boolean;
}

export class Peers {
  readonly #peers = new Map<number, Peer>();
  #looked: Duration = 0;

  /** Time passes by as much as it was watched. */
  look(since: Duration): void {
    this.#looked += Math.min(Math.max(0, since), LONGEST_LOOK);
  }

  /** On the clock of looks. */
  get now(): Duration {
    return this.#looked;
  }

  /** @returns false for a message that was heard before */
  heard({ heard: _, departed: __, ...last }: Digest): boolean {
    const peer = this.#peers.get(last.from);
    if (peer !== undefined && last.n <= peer.last.n) return false;
    const isLost = last.state === 'left';
    if (peer === undefined) this.#peers.set(last.from, { id: last.from, last, heardAt: this.now, isLost });
    else Object.assign(peer, { last, heardAt: this.now, isLost });
    return true;
  }

  /** Those that are silent for too long from now on. */
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

  /** It left a question unanswered. @returns false if it was lost before */
  give(id: number): boolean {
    const peer = this.#peers.get(id);
    if (peer === undefined || peer.isLost) return false;
    peer.isLost = true;
    return true;
  }

  /** Are there, or were there lately, nodes that have not said that they left? */
  get hasOthers(): boolean {
    return [...this.#peers.values()].some(({ last }) => last.state !== 'left');
  }

  /** Those that are there. */
  live(): Peer[] {
    return [...this.#peers.values()].filter(({ isLost }) => !isLost);
  }
}
