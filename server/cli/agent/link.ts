/** What the agent needs of a way to its server. A connected socket is one, a series of POSTs another. */
import type { ReportsAnswer } from '../../../client-sdk/protocol/agent.ts';
import type { ServiceKey } from '../../domain/service.ts';

export type ReportedService = ReportsAnswer['services'][number];
export type Goodbye =
  | { readonly reason: 'shutdown' }
  /** Without `ttlMs` the server waits for the service_down_time. */
  | { readonly reason: 'restart'; readonly ttlMs?: number };

export interface Link {
  /** @throws LinkLost if no answer came */
  report(services: readonly ServiceKey[], timeoutMs: number): Promise<ReportsAnswer>;
  /** Aborted, with a LinkLost as its reason, when the way is no more. */
  readonly lost: AbortSignal;
  /** The settings that the server named when the link opened, if it did. */
  readonly reportIntervalMs: number | undefined;
  /** Leaves; with a farewell where the way can carry one. Never throws. */
  close(farewell?: Goodbye): Promise<void>;
}

/** Opens a way. @throws LinkLost */
export type OpenLink = (
  token: string,
  events: { service(service: ReportedService): void },
  stop: AbortSignal,
) => Promise<Link>;

export class LinkLost extends Error {
  /** `refused`: by the credentials. The next attempt needs others. */
  readonly kind: 'unreachable' | 'refused' | 'closed';
  /** How long the server asked to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(kind: LinkLost['kind'], message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'LinkLost';
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A header `Retry-After`, in seconds or as a date, if there is one that can be read. */
export function retryAfterMs(header: string | null | undefined): number | undefined {
  if (header === null || header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  const wait = Date.parse(header) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
