/** What was known of a host at a time: the input of the verdict. */
import type { HostStatus } from '../../client-sdk/protocol/host-status.ts';
import type { Cause, Evidence, Facts } from '../../client-sdk/protocol/items.ts';
import type { Duration, Instant } from '../domain/clock.ts';
import type { SilenceRecord } from '../domain/silence/silence-record.ts';

/** A change as far as the verdict needs it. The caller leaves out what the reader may not see. */
export interface KnownChange {
  readonly at: Instant;
  readonly from: HostStatus | null | undefined;
  readonly to: HostStatus | null | undefined;
  readonly cause: Cause;
  readonly facts?: Facts | undefined;
  readonly evidence?: Evidence | undefined;
  readonly actor?: string | undefined;
  readonly reason?: string | null | undefined;
  readonly heardWhileForcedDown?: boolean | undefined;
  readonly detectedAfterRestart?: boolean | undefined;
  readonly observed?: readonly [Instant, Instant] | undefined;
}

export interface Case {
  /** The name used in the sentence: a host's name, or "its host". */
  readonly name: string;
  readonly at: Instant;
  /** The change in force at that time; undefined if none is recorded. */
  readonly change: KnownChange | undefined;
  /** The last silence up to that time, with its record if there is one. */
  readonly silence: KnownChange | undefined;
  readonly record: SilenceRecord | undefined;
  /** The status where no change is recorded: the row's, if it has not changed since. */
  readonly status: HostStatus | undefined;
  readonly addedAt: Instant | undefined;
  /** What the process knows in memory, if the question is about now. */
  readonly now?:
    | {
        readonly lastHeard: Instant | null;
        /** Time since then; undefined if it never reported. */
        readonly age: Duration | undefined;
        readonly silentIn: Duration | null;
        readonly reportInterval: Duration;
        readonly confidence: 'observed' | 'grace' | 'flap_hold' | 'never_heard';
      }
    | undefined;
  /**
   * What was wrong with hostbeat while it waited for the last report, in words for this reader; undefined if nothing
   * was.
   */
  readonly doubt?: string | undefined;
}
