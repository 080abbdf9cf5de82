/** A link from the agent to its server: a WebSocket, or a series of POSTs. */
import type { ReportsAnswer } from '../../../client-sdk/protocol/agent.ts';
import type { ServiceKey } from '../../domain/service.ts';

export type ReportedService = ReportsAnswer['services'][number];
export type Goodbye =
  | { readonly reason: 'shutdown' }
  /** Without `ttlMs` the server waits for the service_down_time. */
  | { readonly reason: 'restart'; readonly ttlMs?: number };

export interface AgentLink {
  /** @throws LinkLost if no answer came */
  report(services: readonly ServiceKey[], timeoutMs: number): Promise<ReportsAnswer>;
  /** Aborted, with a LinkLost as its reason, when the link is lost. */
  readonly lost: AbortSignal;
  /** The settings that the server named when the link opened, if it did. */
  readonly reportIntervalMs: number | undefined;
  /** Closes the link, with a goodbye where the link can carry one. Never throws. */
  close(farewell?: Goodbye): Promise<void>;
  /** Ends the link at once, because its peer does not answer. */
  drop(): void;
}

/** Opens a link. @throws LinkLost */
export type OpenLink = (
  token: string,
  events: { service(service: ReportedService): void },
  stop: AbortSignal,
  /** Time limit for opening. */
  timeoutMs: number,
) => Promise<AgentLink>;

/** A server that an agent may report to. */
export interface AgentEndpoint {
  readonly url: string;
  readonly open: OpenLink;
}

export class LinkLost extends Error {
  /** `refused`: the server refused the credentials. The next attempt needs others. */
  readonly kind: 'unreachable' | 'refused' | 'closed';
  /** How long the server asked the agent to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(kind: LinkLost['kind'], message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'LinkLost';
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A header `Retry-After`, in seconds or as a date, undefined if it is missing or cannot be parsed. */
export function retryAfterMs(header: string | null | undefined): number | undefined {
  if (header === null || header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  const wait = Date.parse(header) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
