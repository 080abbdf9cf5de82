/** Judges whether the fence of a forced-down host holds. Pure. */
import type { ServerState } from '../protocol/items.ts';

/** What is known of a host's fence. */
export interface KnownFence {
  /**
   * As far as hostbeat can know nothing runs there: the host does not report, or its fence is confirmed and it has not
   * reported since.
   */
  readonly holds: boolean;
  /** Whether the host still reports; undefined if the server does not say. */
  readonly heard: boolean | undefined;
  /** The host reported after it was forced down: its fence failed once. */
  readonly heardWhileDown: boolean;
  /** The state that the fencing agent gave: `none`, `requested`, `confirmed`; undefined if the server does not say. */
  readonly fence: string | undefined;
}

/** The fields that a state and a change have in common. */
type Facts = Pick<ServerState, 'facts' | 'heard_while_forced_down'>;

/** @param state of a server, or of a service; or a change of one */
export function fenceOf(state: Facts): KnownFence {
  const { facts, heard_while_forced_down: heardSince } = state;
  const { fence } = state as { fence?: string };
  const heard = facts?.live;
  const heardWhileDown = heardSince === true;
  return {
    holds: heard === false || (fence === 'confirmed' && !heardWhileDown),
    heard,
    heardWhileDown,
    fence,
  };
}

/**
 * Still alive, the fence does not hold: forced down, reports since then, and not silent. Two instances may be running:
 * show this before anything else.
 */
export function isFenceBroken(state: Facts): boolean {
  const { heard, heardWhileDown } = fenceOf(state);
  return heardWhileDown && heard !== false;
}
