/** The agents' endpoint behind a real socket, for tests. */
import { randomUUID } from 'node:crypto';
import { createAgentEndpoint } from '../../../server/liveness/agents/endpoint.ts';
import type { Edge } from '../../../server/runtime/edge.ts';
import { listen } from '../../../server/runtime/http.ts';
import { noEvents } from '../../../server/telemetry/events.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import type { FakeAuthenticator } from '../../support/identity.ts';
import type { Watched } from '../support.ts';

export function agentEdge(w: Watched, authenticator: FakeAuthenticator): Promise<Edge> {
  const { liveness, clock, timers } = w;
  const parts = { authenticator, liveness, clock, timers, logger: noLogger, events: noEvents };
  const upgrade = createAgentEndpoint({ ...parts, uuid: randomUUID });
  const fetch = () => new Response(null, { status: 404 });
  return listen({ fetch, upgrade, host: '127.0.0.1', port: 0, maxFrame: 65_536 });
}
