/** The frames that bring a token, `hello` and `auth`, and what follows when a token may have ended. */
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Policy } from '../../identity/policy-port.ts';
import type { Revocation } from '../../identity/tokens/revocations.ts';
import { mayFollow } from '../../stream/entitlement.ts';
import type { Authenticated, Authentication } from '../connection/authentication.ts';
import { nothingToFollow } from '../connection/place.ts';
import type { Outbox } from '../delivery/outbox.ts';
import type { Inbox } from './inbox.ts';
import type { Subscriptions } from './subscriptions.ts';
import { expiryOf } from './welcome.ts';

/** The parts of a session that a token concerns. */
export interface TokenParts {
  readonly authentication: Authentication;
  readonly subscriptions: Subscriptions;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly policy: Policy;
  /** The connection is authenticated for the first time. */
  readonly enter: (authenticated: Authenticated) => void;
  /** An internal failure. */
  readonly fail: (error: unknown) => void;
}

/** `hello`, on a connection without an identity. */
export function enterWith(token: string | undefined, parts: TokenParts): void {
  const refuse = (message: string) => parts.outbox.refuse('unauthenticated', message, CLOSE.badToken);
  if (token === undefined) {
    refuse('token: is missing in "hello", and no header has one');
    return;
  }
  lookUp(token, parts, {
    known: (identity) => parts.enter({ identity, token }),
    unknown: () => refuse('token: is unknown, expired or revoked'),
    failed: parts.fail,
  });
}

/** `auth`. A refusal of the next token, or a failed look-up, takes away nothing that the present token gives. */
export function renewWith(token: string, mine: Authenticated, parts: TokenParts): void {
  const refused = (why: string) => {
    const message = `token: ${why}; the previous token stays valid until it ends`;
    parts.outbox.send({ type: 'error', code: 'auth_failed', message });
  };
  lookUp(token, parts, {
    known: (identity) => renewed({ ...mine, identity, token }, mine, parts),
    unknown: () => refused('is unknown, expired or revoked'),
    failed: (error) => {
      if (error instanceof DomainError) refused(`cannot be checked now: ${error.message}`);
      else parts.fail(error);
    },
  });
}

/** A token was revoked, or the rights of a user or project changed: looks up this connection's token again. */
export async function checkAgain(gone: Revocation, parts: TokenParts): Promise<void> {
  const { authentication, outbox, policy } = parts;
  const mine = authentication.current;
  if (mine === undefined || outbox.isClosed || !authentication.isTouchedBy(gone)) return;
  // Tickets cannot be re-validated, so close and let the client fetch a new one.
  if (mine.token === undefined) {
    outbox.close(CLOSE.tokenExpired);
    return;
  }
  try {
    const identity = await authentication.ask(mine.token);
    if (authentication.current !== mine || outbox.isClosed) return;
    // Another token of the same user may be good: the client should fetch one.
    if (identity === undefined) outbox.close(CLOSE.tokenExpired);
    else if (!mayFollow(identity, policy)) {
      outbox.refuse('forbidden', 'the token may not follow any stream any more', CLOSE.forbidden);
    } else become({ ...mine, identity }, parts);
  } catch (error) {
    parts.fail(error);
  }
}

function renewed(next: Authenticated, mine: Authenticated, parts: TokenParts): void {
  const { outbox, policy } = parts;
  const { userId, projectId } = mine.identity;
  if (next.identity.userId !== userId || next.identity.projectId !== projectId) {
    const message = 'token: belongs to another user or project; open another connection for it';
    outbox.refuse('forbidden', message, CLOSE.forbidden);
    return;
  }
  if (!mayFollow(next.identity, policy)) {
    const { code, message, close } = nothingToFollow(next.identity);
    outbox.refuse(code, message, close);
    return;
  }
  outbox.send({ type: 'auth_ok', expires_at: expiryOf(next.identity) });
  become(next, parts);
}

function become(authenticated: Authenticated, { authentication, subscriptions }: TokenParts): void {
  authentication.become(authenticated);
  subscriptions.reconsider(authenticated.identity);
}

/** Looks up a token. The session reads on after one of these callbacks. */
function lookUp(
  token: string,
  { authentication, inbox, outbox }: TokenParts,
  answer: {
    readonly known: (identity: Identity) => void;
    readonly unknown: () => void;
    readonly failed: (error: unknown) => void;
  },
): void {
  const answered = authentication.ask(token).then((identity) => {
    if (outbox.isClosed) return;
    if (identity !== undefined) answer.known(identity);
    else answer.unknown();
  });
  inbox.pauseUntil(answered.catch(answer.failed));
}
