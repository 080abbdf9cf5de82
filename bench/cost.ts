/**
 * The cost of one second, by the number of services and by what happens to them, without the network: processor time
 * and memory of a process that has liveness and its database and nothing else. The same changes a second must cost the
 * same with a thousand services and with a million: that is the baseline of each column.
 */
import type { Scenario } from './support/at-rest.ts';
import { Report, round } from './support/report.ts';
import { standing } from './support/standing.ts';

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const SECONDS = 20;
const SCENARIOS: Record<Scenario, string> = {
  idle: 'nothing happens',
  changes: '1 000 reports and 20 changes a second',
  reports: 'each reports every 10 s',
};

const figures = new Report('cost');
for (const [scenario, what] of Object.entries(SCENARIOS) as [Scenario, string][]) {
  for (const services of SIZES) {
    const { cpuPercent, rssMb, reportsPerSecond, changesPerSecond } = await standing(
      services,
      scenario,
      SECONDS,
    );
    figures.add(`${services} services, ${what}`, '', {
      'cpu % of a core': round(cpuPercent),
      'memory MB': Math.round(rssMb),
      'reports/s': Math.round(reportsPerSecond),
      'changes/s': Math.round(changesPerSecond),
    });
  }
}
figures.finish();
