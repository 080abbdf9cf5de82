import { z } from 'zod';
import { Change, ServerState, ServiceChange, ServiceState } from './items.ts';
import { STREAMS } from './upstream.ts';

/** Server to client. A client ignores types and keys it does not know. */

const Time = z.string();
const CursorText = z.string();

export const OBSERVER_STATES = ['ok', 'degraded', 'paused'] as const;
export type ObserverState = (typeof OBSERVER_STATES)[number];

export const Limits = z.object({
  frame_bytes: z.number().int(),
  subscriptions: z.number().int(),
  backlog_bytes: z.number().int(),
  /** Connections of the project, over all users. */
  connections: z.number().int().optional(),
  /** The most missed items that a resume replays. */
  replay_items: z.number().int().optional(),
  /** The most servers that a subscription may name. */
  servers: z.number().int().optional(),
  id_chars: z.number().int().optional(),
  cursor_chars: z.number().int().optional(),
  token_chars: z.number().int().optional(),
  nonce_chars: z.number().int().optional(),
  /** The most frames that may wait while a token is checked. */
  waiting_frames: z.number().int().optional(),
  /** Subscriptions that may be asked for at once. After these, `subscribes_per_s` are answered in a second, and others wait. */
  subscribe_burst: z.number().int().optional(),
  subscribes_per_s: z.number().int().optional(),
});

export const Welcome = z.object({
  type: z.literal('welcome'),
  session: z.string(),
  server: z.object({ name: z.string(), version: z.string() }),
  project_id: z.string().nullable(),
  roles: z.array(z.string()),
  expires_at: Time.nullable(),
  health_interval_ms: z.number().int(),
  /** As in `health`, so that a client need not wait for the first one. */
  observer: z.enum(OBSERVER_STATES).optional(),
  limits: Limits,
  /** Features of this server beyond the protocol's text. A client uses those that it knows. */
  features: z.array(z.string()).optional(),
});
export type Welcome = z.infer<typeof Welcome>;

export const Snapshot = z.object({
  type: z.literal('snapshot'),
  id: z.string(),
  part: z.number().int(),
  last: z.boolean(),
  items: z.array(z.union([ServerState, ServiceState])),
});
export type Snapshot = z.infer<typeof Snapshot>;

export const RESET_REASONS = [
  'expired',
  'epoch',
  'ahead',
  'too_many',
  'foreign',
  'filter',
  'access',
  'invalid',
] as const;
export type ResetReason = (typeof RESET_REASONS)[number];

export const Synced = z.object({
  type: z.literal('synced'),
  id: z.string(),
  cursor: CursorText,
  /** The `epoch` of everything committed from now on, until an event gives another one. */
  epoch: z.string(),
  /** The place that `cursor` names. The next item has a larger `seq`, in a dense stream `seq + 1`. */
  seq: z.number().int().nonnegative(),
  how: z.enum(['snapshot', 'resumed', 'reset']),
  reason: z.enum(RESET_REASONS).optional(),
  /**
   * The filter or the policy leaves items out: `seq` skips numbers, and a skip is not a loss. Absent: the stream is
   * dense.
   */
  sparse: z.literal(true).optional(),
});
export type Synced = z.infer<typeof Synced>;

export const Event = z.object({
  type: z.literal('event'),
  id: z.string().optional(),
  stream: z.enum(STREAMS),
  cursor: CursorText,
  /** With `seq` it identifies these items permanently, the same on every transport. Absent: that of `synced`. */
  epoch: z.string().optional(),
  seq: z.number().int().positive(),
  items: z.array(z.union([Change, ServiceChange])),
});
export type Event = z.infer<typeof Event>;

export const HEALTH_CODES = ['starting', 'maybe_deaf', 'late', 'database'] as const;
/**
 * Why hostbeat does not see every host as well as it should. `starting`: it was started, and not every service has had
 * time to report. `maybe_deaf`: many services fell silent at once, and hostbeat itself may be unreachable. `late`: its
 * process was paused, or has too little time. `database`: it cannot record what it sees, or reads what other nodes
 * record late.
 */
export type HealthCode = (typeof HEALTH_CODES)[number];

export const Health = z.object({
  type: z.literal('health'),
  /** By the server's clock, when it was sent. */
  now: Time,
  observer: z.enum(OBSERVER_STATES),
  /** A code for owners; on the stream `hosts` a text for people. */
  reason: z.string().optional(),
  /** On the stream `hosts`: the code that owners get as `reason`. */
  code: z.string().optional(),
  observing_since: Time,
  subscriptions: z.array(z.object({ id: z.string(), cursor: CursorText })),
});
export type Health = z.infer<typeof Health>;

export const Unsubscribed = z.object({
  type: z.literal('unsubscribed'),
  id: z.string(),
  reason: z.enum(['requested', 'forbidden', 'revoked']).optional(),
});
export type Unsubscribed = z.infer<typeof Unsubscribed>;

export const AuthExpiring = z.object({ type: z.literal('auth_expiring'), in_ms: z.number().int() });
export type AuthExpiring = z.infer<typeof AuthExpiring>;

export const AuthOk = z.object({ type: z.literal('auth_ok'), expires_at: Time.nullable() });
export type AuthOk = z.infer<typeof AuthOk>;

export const Pong = z.object({ type: z.literal('pong'), nonce: z.string().optional() });
export type Pong = z.infer<typeof Pong>;

export const Drain = z.object({
  type: z.literal('drain'),
  reconnect_in_ms: z.tuple([z.number().int(), z.number().int()]),
});
export type Drain = z.infer<typeof Drain>;

export const ERROR_CODES = [
  'bad_frame',
  'unauthenticated',
  'forbidden',
  'limit',
  'unknown_type',
  'auth_failed',
  'bad_cursor',
  'no_subprotocol',
  'duplicate_id',
  'unknown_id',
  'unavailable',
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export const ErrorFrame = z.object({
  type: z.literal('error'),
  code: z.enum(ERROR_CODES),
  message: z.string(),
  id: z.string().optional(),
});
export type ErrorFrame = z.infer<typeof ErrorFrame>;

export const Downstream = z.discriminatedUnion('type', [
  Welcome,
  Snapshot,
  Synced,
  Event,
  Health,
  Unsubscribed,
  AuthExpiring,
  AuthOk,
  Pong,
  Drain,
  ErrorFrame,
]);
export type Downstream = z.infer<typeof Downstream>;
