/** Why a service was called silent, in plain words: what was missed, what the others did, what was not counted. */
import type { SilenceRecord } from '../domain/silence/silence-record.ts';
import type { Case } from './case.ts';
import type { SilenceCode } from './silence-code.ts';
import { durationText, timeText } from './words.ts';

export function whySilent({ silence, record }: Case, code: SilenceCode): string {
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
  if (others.reporting === 0)
    return `, and there was no other service to compare it with${witnessText(record)}`;
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
