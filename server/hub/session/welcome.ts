import type { ObserverState, Welcome } from '../../../client-sdk/protocol/downstream.ts';
import {
  MAX_CURSOR,
  MAX_ID,
  MAX_NONCE,
  MAX_SERVERS,
  MAX_TOKEN,
} from '../../../client-sdk/protocol/upstream.ts';
import { rfc3339 } from '../../domain/clock.ts';
import type { Identity } from '../../identity/identity.ts';
import { SERVER } from '../../version.ts';
import type { HubSettings } from '../connection/context.ts';
import { CAPACITY } from './inbox.ts';
import { SUBSCRIBE_RATE } from './subscribe-rate.ts';

export function welcomeFrame(
  session: string,
  identity: Identity,
  settings: HubSettings,
  observer: ObserverState,
): Welcome {
  return {
    type: 'welcome',
    session,
    server: SERVER,
    project_id: identity.projectId,
    // A watch key's roles are those of its maker.
    roles: identity.kind === 'watch' ? [] : [...identity.roles],
    expires_at: expiryOf(identity),
    health_interval_ms: settings.healthInterval,
    observer,
    limits: {
      frame_bytes: settings.maxFrame,
      subscriptions: settings.maxSubscriptions,
      backlog_bytes: settings.maxBacklog,
      connections: settings.maxConnectionsPerProject,
      replay_items: settings.maxReplay,
      servers: MAX_SERVERS,
      id_chars: MAX_ID,
      cursor_chars: MAX_CURSOR,
      token_chars: MAX_TOKEN,
      nonce_chars: MAX_NONCE,
      waiting_frames: CAPACITY,
      subscribe_burst: SUBSCRIBE_RATE.burst,
      subscribes_per_s: SUBSCRIBE_RATE.perSecond,
    },
    features: [],
  };
}

/** When the client should return to a server that cannot answer now, ms: as late as the longest back-off. */
export const RELIEF: [number, number] = [1_000, 30_000];

export function expiryOf({ expiresAt }: Identity): string | null {
  return expiresAt === null ? null : rfc3339(expiresAt);
}
