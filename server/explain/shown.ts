import { type Duration, rfc3339 } from '../domain/clock.ts';
import type { SilenceRecord } from '../domain/silence/silence-record.ts';

/** How long before the explained change the observer's states are shown. */
export const OBSERVER_SHOWN: Duration = 600_000;

/** The record of a silence in the form of the API. */
export function silenceShown(record: SilenceRecord) {
  const { connection, observer, others, together } = record;
  return {
    at: rfc3339(record.at),
    arrivals: record.arrivals.map(rfc3339),
    last_heard: record.lastHeard === null ? null : rfc3339(record.lastHeard),
    report_interval_ms: record.reportInterval,
    service_down_time_ms: record.serviceDownTime,
    deadline: rfc3339(record.deadline),
    late_ms: record.lateness,
    not_counted_ms: record.allowance,
    connection: {
      state: connection.state,
      ...(connection.evidence === undefined ? {} : { evidence: connection.evidence }),
      ...(connection.endedAt === undefined ? {} : { ended_at: rfc3339(connection.endedAt) }),
    },
    observer,
    others:
      others === null ? null : { reporting: others.reporting, late: others.late, heard: others.wereHeard },
    ...(record.witness === undefined ? {} : { witness: record.witness }),
    together: { count: together.count, hosts: [...together.hosts] },
  };
}
