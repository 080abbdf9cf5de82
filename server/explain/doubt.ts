/** Whether hostbeat itself may be the reason for a silence: it may have been unable to receive reports just before. */
import type { Duration, Instant } from '../domain/clock.ts';
import type { SilenceRecord } from '../domain/silence/silence-record.ts';
import type { ObserverEntry } from '../ports/explanation-log.ts';
import type { KnownChange } from './case.ts';

/** Trouble of hostbeat within this time before a silence counts: silences are not withheld for longer. */
export const BEFORE: Duration = 10_000;

/** @param observed the observer's states from `BEFORE` before the silence until the silence */
export function doubtAbout(
  silence: KnownChange | undefined,
  record: SilenceRecord | undefined,
  observed: readonly ObserverEntry[],
): string | undefined {
  if (silence === undefined) return undefined;
  // The end of a connection, and a goodbye, were themselves received.
  if (silence.cause !== 'timeout' && silence.cause !== 'mass') return undefined;
  const wasDeaf = ({ state, code }: { readonly state: string; readonly code?: string | null }) =>
    state === 'degraded' && code === 'maybe_deaf';
  if (!observed.some(wasDeaf) && !(record !== undefined && wasDeaf(record.observer))) return undefined;
  return 'hostbeat may itself have been unable to receive reports then, for it heard the others no better';
}

/** Reads the history of the observer before a silence. */
export function observedBefore(
  silence: KnownChange | undefined,
  observed: (at: Instant, before: Duration) => readonly ObserverEntry[],
): readonly ObserverEntry[] {
  return silence === undefined ? [] : observed(silence.at, BEFORE);
}
