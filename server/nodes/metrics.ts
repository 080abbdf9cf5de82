/** Metrics of this node and of the others, as this one sees them. Only where several nodes may share the database. */
import { counterOf, gauge, gauges, type Metrics } from '../telemetry/metrics.ts';
import type { Nodes } from './nodes.ts';

export function measureNodes(metrics: Metrics, nodes: Nodes): void {
  const self = () => nodes.status().self;
  gauge(metrics, 'node_leads', '1 for the node that commits silences.', () => Number(self().leads));
  gauge(metrics, 'node_term', 'How many leaders there were, as this node last saw.', () => nodes.term);
  gauge(metrics, 'nodes', 'Nodes that this one hears, itself included.', () => nodes.status().nodes.length);
  gauge(metrics, 'node_troubled', '1 while something keeps this node from its work.', () =>
    Number(self().trouble !== undefined),
  );
  gauge(metrics, 'node_commit', 'Number of the last commit that this node announced.', () => self().tail);
  gauge(
    metrics,
    'node_tail_lag_seconds',
    'For how long a commit that another node has announced is not announced here.',
    () => nodes.lag.duration / 1_000,
  );
  gauges(metrics, 'node_digest_age_seconds', 'How long ago each other node was heard.', 'node', () => {
    const { self, nodes: all } = nodes.status();
    return all.filter(({ id }) => id !== self.id).map(({ id, heardMsAgo }) => [`${id}`, heardMsAgo / 1_000]);
  });
  counterOf(
    metrics,
    'nodes_lost_total',
    'Nodes that fell silent or left a question unanswered.',
    () => nodes.counts.lost,
  );
  counterOf(
    metrics,
    'node_services_held_total',
    'Services that got time to report to another node because theirs was lost.',
    () => nodes.counts.held,
  );
  counterOf(metrics, 'node_takeovers_total', 'Times this node began to lead.', () => nodes.counts.takeOvers);
  counterOf(
    metrics,
    'node_listens_again_total',
    'Times nothing that this node sent came back to it.',
    () => nodes.counts.listensAgain,
  );
  nodes.counts.onAsked((answered, took) => {
    metrics.asks.inc({ outcome: answered ? 'answered' : 'unanswered' });
    metrics.askTime.observe(took / 1_000);
  });
}
