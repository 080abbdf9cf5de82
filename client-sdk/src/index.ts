/** Main entry point of `hostbeat-client`. The words of the wire are in the other one, `hostbeat-client/protocol`. */

export { HOST_STATUSES, type HostStatus } from '../protocol/host-status.ts';
export type { Change, ServerState, ServiceChange, ServiceState } from '../protocol/items.ts';
export type { StreamKind } from '../protocol/upstream.ts';
export { Client } from './client.ts';
export type { ClientEvents } from './client-events.ts';
export { connect } from './connect.ts';
export { type ConnectionState, STATES } from './connection/connection-state.ts';
export type { WakeUps } from './connection/platform-events.ts';
export type { TrackerState } from './connection/server-health.ts';
export type { WebSocketConstructor, WebSocketLike } from './connection/socket.ts';
export type { TokenRequest, TokenSource } from './connection/token.ts';
export {
  AuthenticationError,
  ClosedError,
  ConnectionLostError,
  CursorNotKeptError,
  ForbiddenError,
  GapError,
  HostbeatError,
  IncompatibleError,
  ProtocolError,
  ServerError,
  SilenceError,
  TokenExpiredError,
  TokenProviderError,
  UnknownServerError,
  UsageError,
} from './errors.ts';
export { type FailoverOptions, failoverWhen, type LostServer } from './failover.ts';
export { fenceOf, isFenceBroken, type KnownFence } from './fence.ts';
export { HostStatusMap, type MapChange, type MapEvents } from './host-status-map.ts';
export type { ClientOptions } from './options.ts';
export type { ChangeItem, ResetCause, ResetItem, SnapshotItem, WatchItem } from './stream-types.ts';
export type { SetTimer } from './support/timeout.ts';
export { CLIENT_VERSION } from './version.ts';
export { Watch, type WatchOptions, watch } from './watch.ts';
