import type { HostStatus } from '../../../client-sdk/src/index.ts';
import { make } from './dom.ts';

type NamedStatus = Exclude<HostStatus, ''>;

/** Worst first. Each has a sign besides the colour, for readers who do not see colours and for printers. */
export const STATUSES: Record<NamedStatus, { readonly sign: string; readonly rank: number }> = {
  DOWN: { sign: '✕', rank: 0 },
  UNKNOWN: { sign: '?', rank: 1 },
  MAINTENANCE: { sign: '⚙', rank: 2 },
  UP: { sign: '✓', rank: 3 },
};

/** For a host that is declared down and still reports. */
export const STILL_ALIVE = 'still alive: the fence does not hold';

const isKnown = (status: string | undefined | null): status is NamedStatus => !!status && status in STATUSES;

export function rankOf(status: string | undefined): number {
  return isKnown(status) ? STATUSES[status].rank : 4;
}

/** Absent: the policy does not show the status. Empty: the server is on no host. */
export function labelOf(status: string | undefined | null): string {
  if (isKnown(status)) return `${STATUSES[status].sign} ${status}`;
  return status === '' ? 'no host' : 'not shown';
}

export function badge(status: string | undefined | null): HTMLElement {
  return make('span', labelOf(status), `badge ${isKnown(status) ? status.toLowerCase() : 'none'}`);
}
