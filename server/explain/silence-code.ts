import type { Evidence } from '../../client-sdk/protocol/items.ts';
import type { Case } from './case.ts';

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
