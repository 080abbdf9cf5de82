/** Receives alerts of monitors, and forces a host down where the deployment maps the alert to that. */
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import type { Config } from '../../config/config.ts';
import type { ReceiverToken } from '../../config/files/receivers-file.ts';
import { checked } from '../../documents/validate.ts';
import type { By } from '../../domain/audit.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Rules, ServiceDecision } from '../../domain/decision.ts';
import { COMPUTE, type Service } from '../../domain/service.ts';
import { onSwitched } from '../../domain/transition.ts';
import { LoginThrottle, type Sleep, sleepUnlessGone } from '../../identity/embedded/login-throttle.ts';
import type { Env } from '../../identity/middleware.ts';
import type { Nodes } from '../../nodes/nodes.ts';
import type { Store } from '../../ports/store.ts';
import type { SignalOutcome } from '../answers/receivers.ts';
import { readJson } from '../request/body.ts';
import type { Permissions } from '../request/permission.ts';
import {
  AlertmanagerBody,
  type HostSignal,
  InspectorBody,
  type NoSignal,
  signalsOfAlerts,
  signalsOfEvents,
} from './host-signals.ts';
import { outsideLimits, type Receiver, type ReceiverEnv, senders } from './senders.ts';

export interface ReceiversContext {
  readonly store: Pick<Store, 'service' | 'updateService'>;
  readonly clock: Clock;
  readonly rules: Rules;
  readonly policy: Permissions;
  readonly clientAddress?: ((request: Request) => string | undefined) | undefined;
  /** Guesses of a token are limited for all nodes together. */
  readonly nodes?: Pick<Nodes, 'status'> | undefined;
}

export interface ReceiverSettings extends Pick<Config, 'forceDownOn' | 'liftOnRecovery' | 'alertHostLabel'> {
  /** The present token of senders that cannot log in, for all hosts. */
  readonly receiverToken?: () => string | undefined;
  /** The present named tokens of such senders, each limited. Without any token, senders need an operator's. */
  readonly receivers?: () => readonly ReceiverToken[];
  /** Slows a sender that guesses tokens. */
  readonly sleep?: Sleep;
}

const MAX_BODY = 4 * 1024 * 1024;

/** `POST /alertmanager` and `PUT|POST /inspector/events`. @param asked the token filter of the other endpoints */
export function createReceivers(
  context: ReceiversContext,
  settings: ReceiverSettings,
  asked: MiddlewareHandler<Env>,
): Hono<ReceiverEnv> {
  const app = new Hono<ReceiverEnv>();
  const throttle = new LoginThrottle(
    context.clock,
    settings.sleep ?? sleepUnlessGone,
    () => context.nodes?.status().nodes.length ?? 1,
  );
  const { receiverToken, receivers } = settings;
  const { policy, clientAddress } = context;
  const authenticateSender = senders({ receiverToken, receivers, policy, clientAddress, throttle }, asked);
  const take = async (
    c: Context<ReceiverEnv>,
    source: string,
    signals: readonly (HostSignal | NoSignal)[],
  ) => {
    const { receiver } = c.var;
    const actor = receiver === undefined ? source : `${source}:${receiver.name}`;
    const by = { actor, at: context.clock.now(), from: context.clientAddress?.(c.req.raw) };
    const events = await Promise.all(signals.map((signal) => act(signal, by, receiver, context, settings)));
    const [first] = events;
    // Monitors put alerts of many hosts into one request: the allowed ones count, whatever else it has.
    if (first === undefined || !('refused' in first) || !events.every((one) => 'refused' in one))
      return c.json({ events });
    return c.json({ error: { code: 'forbidden', message: first.refused }, events }, 403);
  };
  app.post('/alertmanager', authenticateSender, async (c) => {
    const body = await bodyOf(c, AlertmanagerBody);
    return take(c, 'alertmanager', signalsOfAlerts(body, settings.alertHostLabel));
  });
  app.on(['PUT', 'POST'], '/inspector/events', authenticateSender, async (c) =>
    take(c, 'inspector', signalsOfEvents(await bodyOf(c, InspectorBody))),
  );
  return app;
}

async function bodyOf<T extends z.ZodType>(c: Context<ReceiverEnv>, schema: T): Promise<z.output<T>> {
  return checked(schema, await readJson(c.req.raw, MAX_BODY));
}

async function act(
  signal: HostSignal | NoSignal,
  by: By,
  receiver: Receiver | undefined,
  context: ReceiversContext,
  settings: ReceiverSettings,
): Promise<SignalOutcome> {
  const { index } = signal;
  if ('why' in signal) return { index, ignored: signal.why };
  if (!settings.forceDownOn.includes(signal.name)) {
    return { index, ignored: `"${signal.name}" is not among HOSTBEAT_FORCE_DOWN_ON` };
  }
  if (signal.is === 'up' && !settings.liftOnRecovery) {
    return { index, ignored: 'a recovery does not lift a force-down (HOSTBEAT_LIFT_ON_RECOVERY)' };
  }
  const service = await computeOn(signal.host, context.store);
  let refused = outsideLimits(receiver, signal.host, service);
  if (refused !== undefined) return { index, refused };
  if (service === undefined) return { index, ignored: `there is no compute service on host ${signal.host}` };
  const decide = signal.is === 'down' ? forcedDown(signal, by, context.rules) : lifted(by, context.rules);
  let changed = false;
  await context.store.updateService(
    { uuid: service.uuid },
    (current) => {
      // The service may have moved to another zone since it was found.
      refused = current && outsideLimits(receiver, signal.host, current);
      const decision = refused === undefined ? decide(current) : { service: current };
      changed = decision.service !== current;
      return decision;
    },
    { urgent: true },
  );
  if (refused !== undefined) return { index, refused };
  const done = signal.is === 'down' ? 'forced_down' : 'lifted';
  return { index, host: service.host, done: changed ? done : 'unchanged' };
}

type DecideService = (current: Service | undefined) => ServiceDecision;

/** A host that is already forced down keeps its actor and reason, because alerts repeat every few hours. */
function forcedDown({ reason, fence }: HostSignal, by: By, rules: Rules): DecideService {
  return (current) => {
    if (current === undefined || current.forcedDown) return { service: current };
    return onSwitched(
      current,
      { forcedDown: true, forcedDownReason: reason.slice(0, 255), fence },
      by,
      rules,
    );
  };
}

/** Lifts only a force-down that the same receiver made: a monitor never lifts an operator's. */
function lifted(by: By, rules: Rules): DecideService {
  return (current) => {
    if (current?.forcedDownBy !== by.actor) return { service: current };
    return onSwitched(current, { forcedDown: false }, by, rules);
  };
}

/** Monitors say `compute-1.example.org` where Nova says `compute-1`. */
async function computeOn(host: string, store: Pick<Store, 'service'>): Promise<Service | undefined> {
  const exact = await store.service({ host, binary: COMPUTE });
  const [short = ''] = host.split('.');
  return exact ?? (short === host ? undefined : store.service({ host: short, binary: COMPUTE }));
}
