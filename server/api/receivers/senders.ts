/**
 * Identifies the sending monitor: by a receiver's token, which may be limited to zones and hosts, or as an operator.
 */
import { Buffer } from 'node:buffer';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import type { ReceiverToken } from '../../config/files/receivers-file.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Service } from '../../domain/service.ts';
import type { LoginThrottle } from '../../identity/embedded/login-throttle.ts';
import type { Env } from '../../identity/middleware.ts';
import { FORCE_DOWN_RULE, LIFT_RULE } from '../../identity/policy/served.ts';
import { may, type Permissions } from '../request/permission.ts';

/** A named receiver with a known token. */
export interface Receiver {
  readonly name: string;
  readonly zones: ReadonlySet<string>;
  readonly hosts: ReadonlySet<string>;
}

export interface ReceiverEnv extends Env {
  Variables: Env['Variables'] & {
    /** Undefined: the sender has no limits. */
    receiver: Receiver | undefined;
  };
}

export interface SenderOptions {
  readonly policy: Permissions;
  readonly clientAddress?: ((request: Request) => string | undefined) | undefined;
  /** The token of HOSTBEAT_RECEIVER_TOKEN, for all hosts. */
  readonly receiverToken?: (() => string | undefined) | undefined;
  readonly receivers?: (() => readonly ReceiverToken[]) | undefined;
  readonly throttle: LoginThrottle;
}

interface KnownToken {
  readonly digest: Buffer;
  readonly receiver: Receiver | undefined;
}

/**
 * A receiver's token, as a bearer or as the password of HTTP basic, or an operator's token. An address that guesses is
 * slowed, then refused; senders at other addresses are not.
 */
export function senders(
  options: SenderOptions,
  asked: MiddlewareHandler<Env>,
): MiddlewareHandler<ReceiverEnv> {
  const { clientAddress, throttle, policy } = options;
  const tokens = knownTokens(options);
  return async (c, next) => {
    const known = tokens();
    const given = presented(c.req.header('authorization') ?? '');
    const address = clientAddress?.(c.req.raw);
    let own: KnownToken | undefined;
    let refused: Response | undefined;
    const prove = async (): Promise<true | undefined> => {
      own = given === '' ? undefined : find(known, given);
      if (own !== undefined) return true;
      let isKnown: true | undefined;
      const answer = await asked(c as unknown as Context<Env>, async () => {
        isKnown = true;
      });
      refused = answer ?? undefined;
      return isKnown;
    };
    const proved = await (given === '' || known.length === 0
      ? prove()
      : throttle.attempt(`receivers ${address}`, { address, signal: c.req.raw.signal }, prove));
    if (proved === undefined) return refused;
    const isAllowed =
      own !== undefined || [FORCE_DOWN_RULE, LIFT_RULE].every((rule) => may(c.var.identity, policy, [rule]));
    if (!isAllowed) {
      throw new DomainError(
        'forbidden',
        `This needs a token of HOSTBEAT_RECEIVERS_FILE or HOSTBEAT_RECEIVER_TOKEN, or the rules ${FORCE_DOWN_RULE} and ${LIFT_RULE}`,
      );
    }
    c.set('receiver', own?.receiver);
    return next();
  };
}

/**
 * Why this receiver may not act on the host; undefined if it may. A missing host and one of another zone get the same
 * text, so that a limited token reveals nothing about the rest of the site.
 */
export function outsideLimits(
  receiver: Receiver | undefined,
  host: string,
  service: Service | undefined,
): string | undefined {
  if (receiver === undefined || receiver.hosts.has(service?.host ?? host)) return undefined;
  if (service !== undefined && receiver.zones.has(service.zone)) return undefined;
  const limits = [listed('zones', receiver.zones), listed('hosts', receiver.hosts)].filter(
    (one) => one !== '',
  );
  return `receiver "${receiver.name}" is limited to ${limits.join(' and ')}; host ${host} is not among them`;
}

const MOST_LISTED = 5;

function listed(what: string, names: ReadonlySet<string>): string {
  if (names.size === 0) return '';
  const more = names.size > MOST_LISTED ? ` and ${names.size - MOST_LISTED} more` : '';
  return `${what} ${[...names].slice(0, MOST_LISTED).join(', ')}${more}`;
}

/** The tokens in force, made again after the settings were renewed. */
function knownTokens({ receiverToken, receivers }: SenderOptions): () => readonly KnownToken[] {
  let single: string | undefined;
  let named: readonly ReceiverToken[] = [];
  let known: readonly KnownToken[] = [];
  return () => {
    const [now, nowNamed] = [receiverToken?.(), receivers?.() ?? []];
    if (now === single && nowNamed === named) return known;
    [single, named] = [now, nowNamed];
    known = named.map(({ name, token, zones, hosts }) => ({
      digest: digestOf(token),
      receiver: { name, zones: new Set(zones), hosts: new Set(hosts) },
    }));
    if (now !== undefined) known = [{ digest: digestOf(now), receiver: undefined }, ...known];
    return known;
  };
}

/** Compares with every token, so that the time does not reveal which one nearly matched. */
function find(known: readonly KnownToken[], given: string): KnownToken | undefined {
  const digest = digestOf(given);
  let found: KnownToken | undefined;
  for (const one of known) if (timingSafeEqual(one.digest, digest)) found = one;
  return found;
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function presented(header: string): string {
  const bearer = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (bearer !== undefined) return bearer;
  const basic = /^Basic +(\S+)$/i.exec(header)?.[1];
  const pair = basic === undefined ? '' : Buffer.from(basic, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}
