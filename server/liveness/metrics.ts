import { OBSERVER_STATES } from '../../client-sdk/protocol/downstream.ts';
import { gauge, type Metrics, states } from '../telemetry/metrics.ts';
import type { Liveness } from './liveness.ts';

/** Reads liveness when the metrics are scraped. */
export function measureLiveness(metrics: Metrics, liveness: Pick<Liveness, 'counts' | 'observer'>): void {
  const count = (name: string, help: string, which: keyof ReturnType<Liveness['counts']>) =>
    gauge(metrics, name, help, () => liveness.counts()[which]);
  count('services_live', 'Services that report.', 'live');
  count('services_silent', 'Services that are silent.', 'silent');
  count(
    'broken_fences',
    'Services that are forced down and still alive: the fence does not hold.',
    'brokenFences',
  );
  count(
    'services_in_grace',
    'Services that were live before the start and have not reported since.',
    'inGrace',
  );
  count(
    'services_held',
    'Services that report and whose return is held back, because they came and went too often.',
    'held',
  );
  count('agent_connections', 'Sockets of agents that are open.', 'agents');
  count('observer_lag_ratio', 'Part of the last seconds by which the event loop was late.', 'lag');
  states(
    metrics,
    'observer_state',
    'How well hostbeat itself sees: 1 for the present value.',
    OBSERVER_STATES,
    () => liveness.observer.state(),
  );
}
