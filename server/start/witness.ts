/** The probes of HOSTBEAT_WITNESS, counted and logged. */
import { parseWitness } from '../config/witness-address.ts';
import type { Duration } from '../domain/clock.ts';
import type { WitnessProbe } from '../liveness/observer/witness.ts';
import { systemNames } from '../runtime/system-names.ts';
import { anyReachable, PROBE_OUTCOMES, type ProbeOutcome, tcpProbe } from '../runtime/tcp-probe.ts';
import { gauge } from '../telemetry/metrics.ts';
import { systemTimers } from '../timers.ts';
import type { Core } from './core.ts';

/** Long enough for one lost packet: TCP sends the first again after a second. */
const TIMEOUT: Duration = 2_000;

/** @returns undefined where no witness is configured */
export function witnessProbe({ config, clock, metrics, logger }: Core): WitnessProbe | undefined {
  const last = new Map<string, ProbeOutcome>();
  gauge(metrics, 'witnesses', 'Witnesses that are configured.', () => config.witness.length);
  gauge(
    metrics,
    'witnesses_reachable',
    'Witnesses that were reachable when last asked.',
    () => [...last.values()].filter((outcome) => outcome === 'reachable').length,
  );
  if (config.witness.length === 0) return undefined;
  for (const outcome of PROBE_OUTCOMES) metrics.witnessProbes.inc({ outcome }, 0);

  const probes = config.witness.map((text) =>
    tcpProbe({
      ...parseWitness(text),
      resolve: systemNames(),
      timeout: TIMEOUT,
      timers: systemTimers,
      monotonic: () => clock.monotonic(),
      onOutcome(outcome, took) {
        metrics.witnessProbes.inc({ outcome });
        metrics.witnessProbeTime.observe(took / 1_000);
        const before = last.get(text);
        last.set(text, outcome);
        if (outcome === before) return;
        if (outcome !== 'reachable') logger.warn({ witness: text, outcome }, 'a witness is not reachable');
        else if (before !== undefined) logger.info({ witness: text }, 'a witness is reachable again');
      },
    }),
  );
  return (signal) => anyReachable(probes.map((probe) => probe(signal)));
}
