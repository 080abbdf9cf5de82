import type { Change, ServiceChange } from '../../protocol/items.ts';

/** The cause as people say it. The wire names the switch that moved; a reader needs the direction. */
export function causeName({ cause, facts }: Pick<Change | ServiceChange, 'cause' | 'facts'>): string {
  if (cause === 'forced_down' && facts?.forced_down === false) return 'force_down_lifted';
  if (cause === 'disabled' && facts?.disabled === false) return 'enabled';
  return cause;
}
