/** Receives alerts of monitors, and forces a host down where the deployment maps the alert to that. */
import { Buffer } from 'node:buffer';
import { createHash, timingSafeEqual } from 'node:crypto';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import type { Config } from '../../config/config.ts';
import { checked } from '../../documents/validate.ts';
import type { By } from '../../domain/audit.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Rules, ServiceDecision } from '../../domain/decision.ts';
import { DomainError } from '../../domain/errors.ts';
import { COMPUTE, type Service } from '../../domain/service.ts';
import { onSwitched } from '../../domain/transition.ts';
import { LoginThrottle, type Sleep, sleepUnlessGone } from '../../identity/embedded/login-throttle.ts';
import type { Env } from '../../identity/middleware.ts';
import { FORCE_DOWN_RULE, LIFT_RULE } from '../../identity/policy/served.ts';
import type { Store } from '../../store.ts';
import type { SignalOutcome } from '../answers/receivers.ts';
import { readJson } from '../request/body.ts';
import { may, type Permissions } from '../request/permission.ts';
import {
  AlertmanagerBody,
  type HostSignal,
  InspectorBody,
  type NoSignal,
  signalsOfAlerts,
  signalsOfEvents,
} from './host-signals.ts';

export interface ReceiversContext {
  readonly store: Pick<Store, 'service' | 'updateService'>;
  readonly clock: Clock;
  readonly rules: Rules;
  readonly policy: Permissions;
  readonly clientAddress?: ((request: Request) => string | undefined) | undefined;
}

export interface ReceiverSettings extends Pick<Config, 'forceDownOn' | 'liftOnRecovery' | 'alertHostLabel'> {
  /** The token of senders that cannot log in, as it is now. Without it they need an operator's token. */
  readonly receiverToken?: () => string | undefined;
  /** Slows a sender that guesses tokens. */
  readonly sleep?: Sleep;
}

const MAX_BODY = 4 * 1024 * 1024;

/** `POST /alertmanager` and `PUT|POST /inspector/events`. @param asked the token filter of the other endpoints */
export function createReceivers(
  context: ReceiversContext,
  settings: ReceiverSettings,
  asked: MiddlewareHandler<Env>,
): Hono<Env> {
  const app = new Hono<Env>();
  const throttle = new LoginThrottle(context.clock, settings.sleep ?? sleepUnlessGone);
  const authenticateSender = senders({ ...settings, ...context, throttle }, asked);
  const take = async (c: Context<Env>, source: string, signals: readonly (HostSignal | NoSignal)[]) => {
    const by = { actor: source, at: context.clock.now(), from: context.clientAddress?.(c.req.raw) };
    const outcomes = await Promise.all(signals.map((signal) => act(signal, by, context, settings)));
    return c.json({ events: outcomes });
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

async function bodyOf<T extends z.ZodType>(c: Context<Env>, schema: T): Promise<z.output<T>> {
  return checked(schema, await readJson(c.req.raw, MAX_BODY));
}

async function act(
  signal: HostSignal | NoSignal,
  by: By,
  context: ReceiversContext,
  settings: ReceiverSettings,
): Promise<SignalOutcome> {
  const { index } = signal;
  if ('why' in signal) return { index, ignored: signal.why };
  if (!settings.forceDownOn.includes(signal.name)) {
    return { index, ignored: `"${signal.name}" is not among HOSTBEAT_FORCE_DOWN_ON` };
  }
  if (signal.is === 'up' && !settings.liftOnRecovery) {
    return { index, ignored: 'a recovery lifts nothing (HOSTBEAT_LIFT_ON_RECOVERY)' };
  }
  const service = await computeOn(signal.host, context.store);
  if (service === undefined) return { index, ignored: `there is no compute service on host ${signal.host}` };
  const decide = signal.is === 'down' ? forcedDown(signal, by, context.rules) : lifted(by, context.rules);
  let changed = false;
  await context.store.updateService(
    { uuid: service.uuid },
    (current) => {
      const decision = decide(current);
      changed = decision.service !== current;
      return decision;
    },
    { urgent: true },
  );
  const done = signal.is === 'down' ? 'forced_down' : 'lifted';
  return { index, host: service.host, done: changed ? done : 'unchanged' };
}

type DecideService = (current: Service | undefined) => ServiceDecision;

/** A host that is already forced down keeps its actor and reason: an alert repeats itself every few hours. */
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

/** Lifts only a force-down that the same kind of sender made: a monitor never lifts an operator's. */
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

interface SenderOptions
  extends Pick<ReceiversContext, 'clientAddress' | 'policy'>,
    Pick<ReceiverSettings, 'receiverToken'> {
  readonly throttle: LoginThrottle;
}

/**
 * The receivers' own token, as a bearer or as the password of HTTP basic, or an operator's token. An address that
 * guesses is slowed, then refused; a sender at another one is not.
 */
function senders(
  { receiverToken, clientAddress, throttle, policy }: SenderOptions,
  asked: MiddlewareHandler<Env>,
): MiddlewareHandler<Env> {
  return async (c, next) => {
    const given = presented(c.req.header('authorization') ?? '');
    const address = clientAddress?.(c.req.raw);
    const secret = receiverToken?.();
    let isOwn = false;
    let refused: Response | undefined;
    const prove = async (): Promise<true | undefined> => {
      isOwn = secret !== undefined && isSame(given, secret);
      if (isOwn) return true;
      let known: true | undefined;
      const answer = await asked(c, async () => {
        known = true;
      });
      refused = answer ?? undefined;
      return known;
    };
    const proved = await (given === '' || secret === undefined
      ? prove()
      : throttle.attempt(`receivers ${address}`, { address, signal: c.req.raw.signal }, prove));
    if (proved === undefined) return refused;
    const isAllowed = [FORCE_DOWN_RULE, LIFT_RULE].every(
      (rule) => isOwn || may(c.var.identity, policy, [rule]),
    );
    if (!isAllowed) {
      throw new DomainError(
        'forbidden',
        `This needs HOSTBEAT_RECEIVER_TOKEN, or the rules ${FORCE_DOWN_RULE} and ${LIFT_RULE}`,
      );
    }
    return next();
  };
}

function presented(header: string): string {
  const bearer = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (bearer !== undefined) return bearer;
  const basic = /^Basic +(\S+)$/i.exec(header)?.[1];
  const pair = basic === undefined ? '' : Buffer.from(basic, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

function isSame(given: string, secret: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return given !== '' && timingSafeEqual(hash(given), hash(secret));
}
