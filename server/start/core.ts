import { Origin } from '../config/base-url.ts';
import type { Config, SecretSource, Secrets } from '../config/config.ts';
import type { Clock } from '../domain/clock.ts';
import type { Rules } from '../domain/decision.ts';
import { systemClock } from '../runtime/clock.ts';
import { canOpenDescriptor } from '../runtime/descriptors.ts';
import { Intake } from '../runtime/intake.ts';
import { createEvents, type Events } from '../telemetry/events.ts';
import type { Logger } from '../telemetry/logger.ts';
import { countProcess, createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createTracing, type Tracing } from '../telemetry/tracing.ts';
import { SERVER } from '../version.ts';
import { Closing } from './closing.ts';

/** The arguments of `serve`. */
export interface ServerEnvironment {
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Where secrets are read again; without it they stay as they are. */
  readonly secretSource?: SecretSource;
  /** Makes the logger hide a secret from now on. */
  readonly hide?: (secret: string) => void;
}

/** What every part of a server needs: settings, time, and a place to report events. */
export interface Core extends Required<Pick<ServerEnvironment, 'logger' | 'clock'>> {
  readonly config: Config;
  /** The settings in force: they can change, so no part keeps a copy. */
  readonly secrets: Secrets;
  readonly rules: Rules;
  readonly metrics: Metrics;
  readonly events: Events;
  readonly tracing: Tracing | undefined;
  readonly origin: Origin;
  /** Whether connections can be accepted. */
  readonly intake: Intake;
  readonly closing: Closing;
}

export function createCore(config: Config, secrets: Secrets, surroundings: ServerEnvironment): Core {
  const { logger, clock = systemClock } = surroundings;
  const metrics = createMetrics();
  countProcess(metrics, SERVER.version);
  const events = createEvents(metrics, logger);
  return {
    config,
    secrets,
    logger,
    clock,
    rules: { order: config.hostStatusOrder, ownersSeeReason: config.ownersSeeReason },
    metrics,
    events,
    tracing: config.tracing ? createTracing(SERVER.version) : undefined,
    origin: new Origin(config),
    intake: new Intake({
      clock,
      canOpen: canOpenDescriptor,
      onChange: (trouble) => events.acceptingChanged(trouble),
    }),
    closing: new Closing(logger),
  };
}
