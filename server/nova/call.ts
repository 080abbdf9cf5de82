/** Input and output of a compute API operation. No HTTP framework in it: an operation is a plain function. */
import type { Clock } from '../domain/clock.ts';
import type { Rules } from '../domain/decision.ts';
import { DomainError } from '../domain/errors.ts';
import type { Identity } from '../identity/identity.ts';
import type { Policy, PolicyTarget } from '../identity/policy-port.ts';
import type { Store } from '../ports/store.ts';
import type { Microversion } from './microversions.ts';

/** The ports and settings that operations use. */
export interface Nova {
  readonly store: Pick<
    Store,
    | 'service'
    | 'services'
    | 'computeFacts'
    | 'updateService'
    | 'instance'
    | 'instances'
    | 'namesOnHost'
    | 'updateInstance'
    | 'actions'
    | 'flavors'
    | 'usage'
  >;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly rules: Rules;
  /** The address of a host, null where unknown; without this function every address is unknown. */
  readonly addressOf?: (host: string) => string | null;
  /** A new UUID, as text. */
  readonly uuid: () => string;
}

export interface Call {
  readonly identity: Identity;
  /** Whether the policy counts the caller as an administrator (`context_is_admin`). */
  readonly isAdmin: boolean;
  readonly version: Microversion;
  /** `/v2`, which has no microversions, and ignores unknown keys instead of refusing them. */
  readonly legacy: boolean;
  /** Base of links, without a slash at its end, and the path of the API below it. */
  readonly base: string;
  /** The client's address, as far as the edge knows it. */
  readonly address: string | undefined;
  /** `req-…`, sent in the answer's headers; an action is recorded under it. */
  readonly requestId: string;
  readonly root: '/v2' | '/v2.1';
  /** The path as it was sent, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Aborted when the caller has hung up. Only slow operations read it, since making it has a cost. */
  readonly signal?: AbortSignal | undefined;
  /** Named segments of the path. */
  readonly param: (name: string) => string;
  /** JSON of the body, undefined without one. */
  readonly body: unknown;
}

export interface NovaAnswer {
  readonly status: number;
  readonly body?: unknown;
  /** The body where it is JSON already. */
  readonly text?: string;
  /** The same in parts, for an answer so large that it is sent piece by piece. */
  readonly texts?: Iterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Operation = (call: Call, nova: Nova) => Promise<NovaAnswer>;

/** @throws DomainError `forbidden` naming the rule */
export function authorize(nova: Nova, call: Call, rule: string, target?: PolicyTarget): void {
  if (!nova.policy.allows(rule, call.identity, target)) {
    throw notAllowed(rule);
  }
}

export function notAllowed(rule: string): DomainError {
  return new DomainError('forbidden', `Policy doesn't allow ${rule} to be performed.`);
}
