/** What liveness and the nodes need of each other. On one node neither is there. */
import type { Evidence } from '../../client-sdk/protocol/items.ts';
import type { Duration } from '../domain/clock.ts';

/** A service whose agent left another node. */
export interface Departed {
  readonly service: number;
  readonly cause: 'connection_lost' | 'goodbye';
  readonly evidence: Evidence;
  /** How long it is waited for. */
  readonly wait: Duration;
}

/** What the sweep asks before it commits a silence. */
export interface Coordination {
  /** The fence that silences are committed with; undefined while another node leads. */
  lead(): number | undefined;
  /**
   * Has every other node say what it has heard. What they say is known when this resolves.
   * @returns false if it cannot be known now: then no silence may be committed
   */
  ask(): Promise<boolean>;
  /** Why reports that others hear may not be known here; undefined where they are, or where there are no others. */
  cannotHearOthers(): string | undefined;
  /** Why what this node shows of the others' commits may be old, in words. */
  behind?(): string | undefined;
}

/** What one node has heard, for the others. */
export interface SharedHearing {
  /** Services that reported here since the last call, by id. */
  takeHeard(): number[];
  takeDeparted(): Departed[];
  /** It could not be sent: it comes first the next time. */
  giveBack(heard: readonly number[], departed: readonly Departed[]): void;
  /** Called when there is something that must not wait for the next digest. */
  onDeparted(listener: () => void): void;
  /** Another node says what it has heard. Also called for an empty digest: it is a sign of life. */
  heardBy(node: number, heard: readonly number[], departed: readonly Departed[]): void;
  /**
   * A node is gone: the services that it heard last get the time to report to another one.
   * @returns how many these are
   */
  lost(node: number): number;
  /** Digests of others may have been lost on their way here: every service gets the time to be heard again. */
  missed(): void;
  /** Reads what has arrived here. @returns false if it cannot be known whether all was read */
  readAll(): Promise<boolean>;
  /** From now on agents are sent away: that they leave says nothing about their hosts. */
  leaving(): void;
}
