/** What liveness and the nodes need of each other. On a single node, both parts are absent. */
import type { Evidence } from '../../client-sdk/protocol/items.ts';
import type { Duration } from '../domain/clock.ts';

/** A service whose agent left another node. */
export interface Departed {
  readonly service: number;
  readonly cause: 'connection_lost' | 'goodbye';
  readonly evidence: Evidence;
  /** How long to wait for it. */
  readonly wait: Duration;
}

/** What the sweep asks before it commits a silence. */
export interface Coordination {
  /** The fence for committing silences; undefined while another node leads. */
  lead(): number | undefined;
  /**
   * Asks every other node for what it has heard. Their answers are known when this resolves.
   * @returns false if they cannot be known now: then no silence may be committed
   */
  ask(): Promise<boolean>;
  /** Why this node may not know what other nodes hear; undefined if it does, or if there are no others. */
  cannotHearOthers(): string | undefined;
  /** Why the other nodes' commits may reach this node late, in words. */
  behind?(): string | undefined;
}

/** What one node has heard, for the others. */
export interface SharedHearing {
  /** Services that reported here since the last call, by id. */
  takeHeard(): number[];
  takeDeparted(): Departed[];
  /** The digest could not be sent: its content comes first in the next one. */
  giveBack(heard: readonly number[], departed: readonly Departed[]): void;
  /** `listener` is called when a departure must not wait for the next digest. */
  onDeparted(listener: () => void): void;
  /** Another node reports what it has heard. Also called for an empty digest, because that is a sign of life. */
  heardBy(node: number, heard: readonly number[], departed: readonly Departed[]): void;
  /**
   * A node is lost: the services that it heard last get time to report to another node.
   * @returns the number of these services
   */
  lost(node: number): number;
  /** Digests of other nodes may have been lost on the way: every service gets time to be heard again. */
  missed(): void;
  /** Reads the reports that have arrived here. @returns false if it cannot be known whether all were read */
  readAll(): Promise<boolean>;
  /** This node starts to send its agents away: their departure says nothing about their hosts. */
  leaving(): void;
}
