/** The verdict: derives one code and one plain sentence from what was known. Pure. */
import type { Instant } from '../domain/clock.ts';
import type { Case, KnownChange } from './case.ts';
import { SILENCE_CODES, type SilenceCode, silenceCode } from './silence-code.ts';
import { whySilent } from './silence-words.ts';
import { durationText, timeText } from './words.ts';

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
