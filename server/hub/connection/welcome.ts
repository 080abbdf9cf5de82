import type { ObserverState, Welcome } from '../../../client-sdk/protocol/downstream.ts';
import { rfc3339 } from '../../domain/clock.ts';
import type { Identity } from '../../identity/identity.ts';
import { SERVER } from '../../version.ts';
import type { HubSettings } from './context.ts';

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
    roles: [...identity.roles],
    expires_at: expiryOf(identity),
    health_interval_ms: settings.healthInterval,
    observer,
    limits: {
      frame_bytes: settings.maxFrame,
      subscriptions: settings.maxSubscriptions,
      backlog_bytes: settings.maxBacklog,
    },
  };
}

/** When to come back to a server that cannot answer now, ms: as late as the longest back-off. */
export const RELIEF: [number, number] = [1_000, 30_000];

export function expiryOf({ expiresAt }: Identity): string | null {
  return expiresAt === null ? null : rfc3339(expiresAt);
}
