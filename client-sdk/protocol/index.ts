/** Entry point `./protocol`: the words of the wire as constants and types. No dependency at run time. */
export { CLOSE, type CloseCode, type Retry, retryAfter } from './close-codes.ts';
export type { Cursor } from './cursor.ts';
export type {
  AuthExpiring,
  AuthOk,
  Downstream,
  Drain,
  ErrorCode,
  ErrorFrame,
  Event,
  Health,
  ObserverState,
  Pong,
  ResetReason,
  Snapshot,
  Synced,
  Unsubscribed,
  Welcome,
} from './downstream.ts';
export { HOST_STATUSES, type HostStatus } from './host-status.ts';
export type {
  Cause,
  Change,
  ChangeKind,
  Facts,
  Fence,
  ServerState,
  ServiceChange,
  ServiceState,
} from './items.ts';
export type { StreamKind, Subscribe, Upstream, UpstreamFrame } from './upstream.ts';
export {
  AGENT_SUBPROTOCOL,
  BEARER_SUBPROTOCOL_PREFIX,
  PROTOCOL_HISTORY,
  SUBPROTOCOL,
  TICKET_SUBPROTOCOL_PREFIX,
  WEBHOOK_MESSAGES,
} from './version.ts';
export type { WebhookMessage } from './webhook.ts';
