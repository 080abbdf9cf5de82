/** The verdict: derives one code and one plain sentence from what was known. Pure. */
import type { HostStatus } from '../../client-sdk/protocol/host-status.ts';
import type { Cause, Evidence, Facts } from '../../client-sdk/protocol/items.ts';
import type { Duration, Instant } from '../domain/clock.ts';
import type { SilenceRecord } from '../domain/silence/silence-record.ts';
import { durationText, timeText } from './words.ts';

/** Why the service was called silent. */
export const SILENCE_CODES = [
  'reports_stopped',
  'agent_unanswered',
  'agent_connection_closed',
  'agent_connection_reset',
  'agent_connection_dropped',
  'agent_goodbye',
  'many_at_once',
  'not_heard_since_start',
  'never_reported',
  'declared_silent',
  'placed_on_silent_host',
] as const;
export type SilenceCode = (typeof SILENCE_CODES)[number];

export const VERDICT_CODES = [
  ...SILENCE_CODES,
  'reporting',
  'late',
  'unheard_yet',
  'returned',
  'return_held',
  'forced_down',
  'forced_down_and_heard',
  'disabled',
  'switched_back',
  'not_there_yet',
  'not_recorded',
  'no_compute_service',
] as const;
export type VerdictCode = (typeof VERDICT_CODES)[number];

export interface Verdict {
  readonly code: VerdictCode;
  /** For a service that came back: why it had been called silent. */
  readonly after?: SilenceCode;
  /** hostbeat itself may have been the reason: it may have been unable to receive reports when it decided. */
  readonly doubtful: boolean;
  readonly text: string;
}

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

export function verdictOf(given: Case): Verdict {
  const { change, addedAt, at, status, name } = given;
  if (addedAt !== undefined && at < addedAt)
    return plain('not_there_yet', `${name} was not known then: it was added at ${timeText(addedAt)}.`);
  const shown = change === undefined ? status : change.to;
  switch (shown) {
    case 'UNKNOWN':
      return silent(given);
    case 'DOWN':
      return forcedDown(given);
    case 'MAINTENANCE':
      return disabled(given);
    case 'UP':
      return up(given);
    default:
      if (change?.to === null || shown === '')
        return plain('no_compute_service', `There was no compute service for it at ${timeText(at)}.`);
      return plain('not_recorded', `What ${name} was at ${timeText(at)} is not recorded.`);
  }
}

function silent(given: Case): Verdict {
  const { name, now, silence } = given;
  const code = silenceCode(given);
  if (now?.confidence === 'flap_hold') {
    const text = `${name} reports again, but it came and went often in the last minutes: its return is held back until it stays.`;
    return { ...plain('return_held', text), after: code };
  }
  const since = silence === undefined ? '' : ` at ${timeText(silence.at)}`;
  return doubted(given, code, `${name} was called UNKNOWN${since}: ${whySilent(given, code)}.`);
}

function up(given: Case): Verdict {
  const { name, change, now, silence } = given;
  if (now?.confidence === 'never_heard')
    return plain('never_reported', `${name} is shown UP because it was declared so; it has never reported.`);
  if (now?.confidence === 'grace') {
    const wait = now.silentIn === null ? '' : ` It has ${durationText(now.silentIn)} left to report.`;
    return plain(
      'unheard_yet',
      `${name} is shown UP as it was before hostbeat was started, and has not reported since.${wait}`,
    );
  }
  if (now !== undefined && isLate(now)) {
    return plain(
      'late',
      `${name} has missed a report: the last came at ${timeText(now.lastHeard)}, and it is called UNKNOWN in ${durationText(now.silentIn ?? 0)} unless it reports.`,
    );
  }
  if (
    change !== undefined &&
    change.cause === 'heartbeat' &&
    change.from === 'UNKNOWN' &&
    silence !== undefined
  ) {
    const code = silenceCode(given);
    const away = durationText(change.at - silence.at);
    return {
      ...doubted(
        given,
        'returned',
        `${name} was called UNKNOWN at ${timeText(silence.at)}, because ${whySilent(given, code)}; it reported again at ${timeText(change.at)}, ${away} later.`,
      ),
      after: code,
    };
  }
  if (change !== undefined && (change.cause === 'forced_down' || change.cause === 'disabled')) {
    const what = change.cause === 'forced_down' ? 'the force-down was lifted' : 'it was enabled';
    return plain(
      'switched_back',
      `${name} is shown UP since ${timeText(change.at)}, when ${what}${by(change)}.`,
    );
  }
  const last = now?.lastHeard ?? null;
  const heard = last === null ? '' : `, the last time at ${timeText(last)}`;
  return plain('reporting', `${name} ${now === undefined ? 'reported' : 'reports'} as usual${heard}.`);
}

function isLate(now: NonNullable<Case['now']>): now is NonNullable<Case['now']> & { lastHeard: Instant } {
  if (now.lastHeard === null || now.silentIn === null) return false;
  return now.age !== undefined && now.age > 1.5 * now.reportInterval;
}

function forcedDown({ name, change }: Case): Verdict {
  if (change === undefined) return plain('forced_down', `${name} was declared down by an operator.`);
  const heard = change.heardWhileForcedDown === true && change.facts?.live === true;
  const text = `${name} was declared down at ${timeText(change.at)}${by(change)}${because(change)}`;
  if (heard)
    return plain('forced_down_and_heard', `${text}, and still reports: its servers may run twice. Fence it.`);
  return plain('forced_down', `${text}. hostbeat never calls a host DOWN by itself.`);
}

function disabled({ name, change }: Case): Verdict {
  if (change === undefined) return plain('disabled', `${name} is in maintenance: an operator disabled it.`);
  const also = change.facts?.forced_down === true ? ' It is declared down as well.' : '';
  return plain(
    'disabled',
    `${name} is in maintenance since ${timeText(change.at)}: it was disabled${by(change)}${because(change)}.${also}`,
  );
}

/** The code of a silence: how it was found, the most specific first. */
export function silenceCode({
  change,
  silence,
  record,
  now,
}: Pick<Case, 'change' | 'silence' | 'record' | 'now'>): SilenceCode {
  if (now?.confidence === 'never_heard') return 'never_reported';
  if (record !== undefined && record.lastHeard === null) return 'never_reported';
  if (change?.cause === 'placement' && change.to === 'UNKNOWN') return 'placed_on_silent_host';
  if (silence === undefined) return 'declared_silent';
  if (silence.cause === 'goodbye') return 'agent_goodbye';
  if (silence.cause === 'connection_lost') {
    return CODES[silence.evidence ?? 'closed'];
  }
  if (silence.cause === 'mass') return 'many_at_once';
  if (silence.detectedAfterRestart === true) return 'not_heard_since_start';
  if (silence.cause !== 'timeout') return 'declared_silent';
  return silence.evidence === 'unanswered' ? 'agent_unanswered' : 'reports_stopped';
}

/** The code for each way in which a connection ended. `none`: hostbeat ended it. */
const CODES = {
  closed: 'agent_connection_closed',
  reset: 'agent_connection_reset',
  unanswered: 'agent_unanswered',
  goodbye: 'agent_goodbye',
  none: 'agent_connection_dropped',
} as const satisfies Record<Evidence, SilenceCode>;

function whySilent({ silence, record }: Case, code: SilenceCode): string {
  const heard = record?.lastHeard ?? silence?.observed?.[0];
  const last = heard === undefined || heard === null ? '' : ` after ${timeText(heard)}`;
  const limit = record === undefined ? '' : ` within its ${durationText(record.serviceDownTime)}`;
  return `${REASONS[code]({ last, limit })}${othersText(record, code)}${notCounted(record, code)}`;
}

type Words = { readonly last: string; readonly limit: string };

const REASONS: Readonly<Record<SilenceCode, (words: Words) => string>> = {
  reports_stopped: ({ last, limit }) => `no report came${last}${limit}`,
  agent_unanswered: ({ last, limit }) =>
    `no report came${last}${limit}, and its open connection did not answer: the machine, or the network to it, is gone`,
  agent_connection_closed: ({ last }) =>
    `its agent's connection was closed by its machine${last} and it did not come back: the agent ended, and its servers may run on`,
  agent_connection_reset: ({ last }) =>
    `its agent's connection was reset${last} and it did not come back: the agent was killed, or something between refused it`,
  agent_connection_dropped: ({ last }) =>
    `hostbeat ended its agent's connection${last} and it did not come back`,
  agent_goodbye: ({ last }) => `its agent said goodbye${last}: it was stopped on purpose`,
  many_at_once: ({ last, limit }) =>
    `no report came${last}${limit}, as from many others at the same time: they share a cause, such as power or network`,
  not_heard_since_start: ({ last }) =>
    `hostbeat was started and no report came within a full period; the last before it came${last === '' ? ' before the start' : last}`,
  never_reported: () => 'it was declared, and has never reported',
  placed_on_silent_host: () => 'the server was placed on it while it was silent',
  declared_silent: () => 'it was recorded as silent, not found to be so by hostbeat',
};

function othersText(record: SilenceRecord | undefined, code: SilenceCode): string {
  const others = record?.others;
  if (others === undefined || others === null || code === 'never_reported' || code === 'many_at_once')
    return '';
  if (others.reporting === 0) return `, and there was nobody else to compare it with${witnessText(record)}`;
  if (!others.wereHeard) return `, and the others were not heard as usual either${witnessText(record)}`;
  return `, while ${others.reporting - others.late} of ${others.reporting} others reported`;
}

function witnessText(record: SilenceRecord | undefined): string {
  switch (record?.witness) {
    case 'reachable':
      return '; but a witness outside was reachable, so hostbeat was not cut off';
    case 'unreachable':
      return ', and no witness outside was reachable';
    case 'asking':
      return ', and no witness outside had answered yet';
    case 'unset':
      return ', and no witness is configured (HOSTBEAT_WITNESS)';
    default:
      return '';
  }
}

/** Time in which hostbeat did not run does not count against a service, and the sentence says so. */
function notCounted(record: SilenceRecord | undefined, code: SilenceCode): string {
  const time = record?.allowance ?? 0;
  if (time < 1_000 || code === 'never_reported' || code === 'not_heard_since_start') return '';
  return `; ${durationText(time)} in which hostbeat itself did not run were not counted`;
}

function doubted({ doubt }: Case, code: VerdictCode, text: string): Verdict {
  if (doubt === undefined) return plain(code, text);
  return { ...plain(code, `${text} Doubtful: ${doubt}.`), doubtful: true };
}

function plain(code: VerdictCode, text: string): Verdict {
  return { code, doubtful: false, text: text.replace(/^its /, 'Its ') };
}

function by({ actor }: KnownChange): string {
  return actor === undefined ? '' : ` by ${actor}`;
}

function because({ reason }: KnownChange): string {
  return typeof reason === 'string' && reason !== '' ? ` ("${reason}")` : '';
}
