import type { Welcome } from '../../client-sdk/protocol/downstream.ts';
import { rfc3339 } from '../domain/clock.ts';
import type { Identity } from '../identity/identity.ts';
import { SERVER } from '../version.ts';
import type { HubSettings } from './context.ts';

export function welcomeFrame(session: string, identity: Identity, settings: HubSettings): Welcome {
  return {
    type: 'welcome',
    session,
    server: SERVER,
    project_id: identity.projectId,
    roles: [...identity.roles],
    expires_at: expiryOf(identity),
    health_interval_ms: settings.healthInterval,
    limits: {
      frame_bytes: settings.maxFrame,
      subscriptions: settings.maxSubscriptions,
      backlog_bytes: settings.maxBacklog,
    },
  };
}

export function expiryOf({ expiresAt }: Identity): string | null {
  return expiresAt === null ? null : rfc3339(expiresAt);
}
