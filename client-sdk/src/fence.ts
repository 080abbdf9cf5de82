/** Whether a host that is declared down is really silenced. Pure. */
import type { ServerState } from '../protocol/items.ts';

/** What was known of a host's fence. */
export interface KnownFence {
  /** Nothing runs there as far as hostbeat can know: it is not heard, or its fence is confirmed and it was not heard since. */
  readonly holds: boolean;
  /** Whether the host is still heard; undefined where the server does not say. */
  readonly heard: boolean | undefined;
  /** It was heard after it was declared down: its fence failed once. */
  readonly heardWhileDown: boolean;
  /** What the fencing agent said: `none`, `requested`, `confirmed`; undefined where the server does not say. */
  readonly fence: string | undefined;
}

/** What both a state and a change say of it. */
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
 * Still alive, the fence does not hold: declared down, heard after that, and not silent since. Two may be running: this is
 * to be shown before anything else.
 */
export function isFenceBroken(state: Facts): boolean {
  const { heard, heardWhileDown } = fenceOf(state);
  return heardWhileDown && heard !== false;
}
