import { z } from 'zod';
import { HostStatusValue } from './items.ts';

/** Client to server. Keys the server does not know are ignored, so that a newer client can talk to an older server. */

export const MAX_TOKEN = 8192;
export const MAX_CURSOR = 1024;
/** Length of the client's name for a subscription. */
export const MAX_ID = 64;
export const MAX_SERVERS = 1000;
export const MAX_NONCE = 255;

export const Hello = z.object({
  type: z.literal('hello'),
  token: z.string().min(1).max(MAX_TOKEN).optional(),
  client: z.union([z.string().max(255), z.record(z.string(), z.unknown())]).optional(),
});

export const STREAMS = ['project', 'hosts'] as const;
export type StreamKind = (typeof STREAMS)[number];

export const Subscribe = z.object({
  type: z.literal('subscribe'),
  /** The client's name for the subscription, unique in the connection. */
  id: z.string().min(1).max(MAX_ID),
  stream: z.enum(STREAMS).default('project'),
  /** Another project's stream; admins only. */
  project_id: z.string().min(1).max(MAX_ID).optional(),
  cursor: z.string().max(MAX_CURSOR).optional(),
  servers: z.array(z.string().min(1).max(64)).max(MAX_SERVERS).optional(),
  host_status: z.array(HostStatusValue).max(5).optional(),
});
export type Subscribe = z.infer<typeof Subscribe>;

export const Unsubscribe = z.object({ type: z.literal('unsubscribe'), id: z.string().min(1).max(MAX_ID) });

export const Ack = z.object({
  type: z.literal('ack'),
  id: z.string().min(1).max(MAX_ID),
  cursor: z.string().min(1).max(MAX_CURSOR),
});

export const Auth = z.object({ type: z.literal('auth'), token: z.string().min(1).max(MAX_TOKEN) });

export const Ping = z.object({ type: z.literal('ping'), nonce: z.string().max(MAX_NONCE).optional() });

export const Upstream = z.discriminatedUnion('type', [Hello, Subscribe, Unsubscribe, Ack, Auth, Ping]);
/** A frame as the server reads it, defaults filled in. */
export type Upstream = z.output<typeof Upstream>;
/** A frame as a client writes it. */
export type UpstreamFrame = z.input<typeof Upstream>;
