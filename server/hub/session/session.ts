import { CLOSE, type CloseCode } from '../../../client-sdk/protocol/close-codes.ts';
import type { Upstream } from '../../../client-sdk/protocol/upstream.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Socket, SocketEvents } from '../../socket/socket.ts';
import { mayFollow } from '../../stream/entitlement.ts';
import { type Authenticated, Authentication, type Revocation } from '../connection/authentication.ts';
import type { HubConnection, LimitKey, SubscriptionProgress } from '../connection/connections.ts';
import type { KeepalivePeer, KeepaliveSlot } from '../connection/keepalive.ts';
import { nothingToFollow, placeFor } from '../connection/place.ts';
import { Outlet } from '../delivery/outbox.ts';
import { sendFailure } from './failures.ts';
import { waitForHello } from './hello.ts';
import { Inbox } from './inbox.ts';
import { answerRequest } from './requests.ts';
import type { SessionContext } from './session-context.ts';
import { Subscriptions } from './subscriptions.ts';
import { readUpstream } from './upstream-frame.ts';
import { expiryOf, welcomeFrame } from './welcome.ts';

/**
 * One connection's conversation, from the first frame to the close: the only reader of what clients send. It answers
 * messages one after the other; while it looks up an identity, the following messages wait.
 */
export class Session implements SocketEvents, HubConnection, KeepalivePeer {
  readonly id: string;
  readonly #context: SessionContext;
  readonly #outlet: Outlet;
  readonly #subscriptions: Subscriptions;
  readonly #authentication: Authentication;
  readonly #pulse: KeepaliveSlot;
  readonly #inbox = new Inbox((message) => this.#answer(message));
  /** The limit that it counts against; undefined before it counts. */
  #place: LimitKey | undefined;
  #greeted = false;
  #cancelHello: () => void = () => undefined;
  /** The code that we closed with. */
  #closing: CloseCode | undefined;

  constructor(
    socket: Socket,
    context: SessionContext,
    options: {
      readonly address: string | undefined;
      readonly authenticated: Authenticated | undefined;
    },
  ) {
    const { settings, soon, setTimer } = context;
    this.id = context.sessionId();
    this.#context = context;
    this.#outlet = new Outlet(socket, {
      maxBacklog: settings.maxBacklog,
      soon,
      setTimer,
      onClosing: (close) => this.#onClosing(close),
    });
    this.#subscriptions = new Subscriptions(
      context,
      this.#outlet,
      (error) => this.#broke(error),
      (progress) => this.#ended(progress),
    );
    this.#authentication = new Authentication(context, {
      address: options.address,
      onExpiring: (left) => this.#outlet.say({ type: 'auth_expiring', in_ms: Math.round(left) }),
      onExpired: () => this.close(CLOSE.tokenExpired),
    });
    this.#pulse = context.keepalive.join(this, context.random());
    context.connections.add(this);
    if (options.authenticated !== undefined) this.#enter(options.authenticated);
    else this.#cancelHello = waitForHello(context, options.address, () => this.close(CLOSE.helloTimeout));
  }

  get identity(): Identity | undefined {
    return this.#authentication.current?.identity;
  }

  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  acknowledged(): readonly SubscriptionProgress[] {
    return this.#subscriptions.acknowledged();
  }

  // Called by the socket.

  message(text: string | undefined): void {
    if (this.#inbox.take(text)) return;
    this.#outlet.refuse('bad_frame', 'too many frames before the token was answered', CLOSE.badFrame);
  }

  pong(): void {
    this.#pulse.onPong();
  }

  closed(code: number): void {
    this.#outlet.ended();
    this.#end();
    this.#context.connections.remove(this, this.#place);
    this.#context.events.closed?.(this.#closing?.code ?? code);
  }

  // Called by the hub.

  beat({ ping, health }: { readonly ping: boolean; readonly health: boolean }): void {
    if (this.#outlet.isClosed) return;
    const frame = health && this.identity !== undefined ? this.#subscriptions.health() : undefined;
    if (ping) this.#outlet.ping(frame);
    else if (frame !== undefined) this.#outlet.write(frame);
  }

  lost(): void {
    this.close(CLOSE.noPong);
  }

  drain(reconnectIn: [number, number]): void {
    this.#outlet.say({ type: 'drain', reconnect_in_ms: reconnectIn });
  }

  close(close: CloseCode): void {
    this.#outlet.close(close);
  }

  terminate(): void {
    this.#outlet.terminate();
  }

  onPolicyChanged(): void {
    const { identity } = this;
    if (identity !== undefined && !this.#outlet.isClosed) this.#subscriptions.reconsider(identity);
  }

  async onRevoked(gone: Revocation): Promise<void> {
    const mine = this.#authentication.current;
    if (mine === undefined || this.#outlet.isClosed || !this.#authentication.isTouchedBy(gone)) return;
    // Tickets cannot be re-validated, so close and let the client fetch a new one.
    if (mine.token === undefined) {
      this.close(CLOSE.tokenExpired);
      return;
    }
    try {
      const identity = await this.#authentication.ask(mine.token);
      if (this.#authentication.current !== mine || this.#outlet.isClosed) return;
      // Another token of the same user may be good: the client should fetch one.
      if (identity === undefined) this.close(CLOSE.tokenExpired);
      else if (!mayFollow(identity, this.#context.policy)) {
        this.#outlet.refuse('forbidden', 'the token may not follow any stream any more', CLOSE.forbidden);
      } else this.#becomes({ ...mine, identity });
    } catch (error) {
      this.#broke(error);
    }
  }

  // The conversation.

  #answer(text: string | undefined): void {
    const reading = readUpstream(text);
    if ('problem' in reading) {
      const { problem: message, code } = reading;
      // Before authentication there is no stream that the close could end.
      const stays = code !== 'bad_frame' && this.#authentication.current !== undefined;
      if (stays) this.#outlet.say({ type: 'error', code, message });
      else this.#outlet.refuse('bad_frame', message, CLOSE.badFrame);
      return;
    }
    if ('unknownType' in reading) {
      const message = `type: this server does not know "${reading.unknownType}"; the frame was ignored`;
      this.#outlet.say({ type: 'error', code: 'unknown_type', message });
      return;
    }
    const { frame } = reading;
    const mine = this.#authentication.current;
    if (frame.type === 'ping') {
      this.#outlet.say({ type: 'pong', ...(frame.nonce === undefined ? {} : { nonce: frame.nonce }) });
    } else if (frame.type === 'hello') {
      this.#onHello(frame);
    } else if (mine === undefined) {
      const message = `"${frame.type}" came before the connection was authenticated: send "hello" with a token first`;
      this.#outlet.refuse('unauthenticated', message, CLOSE.badToken);
    } else if (frame.type === 'auth') {
      this.#onAuth(frame.token, mine);
    } else {
      answerRequest(frame, {
        identity: mine.identity,
        subscriptions: this.#subscriptions,
        outlet: this.#outlet,
        maxSubscriptions: this.#context.settings.maxSubscriptions,
      });
    }
  }

  #onHello({ token, client }: Extract<Upstream, { type: 'hello' }>): void {
    if (this.#greeted) {
      this.#outlet.refuse('bad_frame', '"hello" came a second time', CLOSE.badFrame);
      return;
    }
    this.#greeted = true;
    this.#context.logger.debug({ session: this.id, client }, 'hello');
    if (this.#authentication.current !== undefined) return;
    if (token === undefined) {
      const message = 'token: is missing in "hello", and no header has one';
      this.#outlet.refuse('unauthenticated', message, CLOSE.badToken);
      return;
    }
    this.#lookUp(token, {
      known: (identity) => this.#enter({ identity, token }),
      unknown: () =>
        this.#outlet.refuse('unauthenticated', 'token: is unknown, expired or revoked', CLOSE.badToken),
      failed: (error) => this.#broke(error),
    });
  }

  /** A refusal of the next token, or a failed look-up, takes away nothing that the present token gives. */
  #onAuth(token: string, mine: Authenticated): void {
    const refused = (why: string) => {
      const message = `token: ${why}; the previous token stays valid until it ends`;
      this.#outlet.say({ type: 'error', code: 'auth_failed', message });
    };
    this.#lookUp(token, {
      known: (identity) => this.#onNewToken({ ...mine, identity, token }, mine),
      unknown: () => refused('is unknown, expired or revoked'),
      failed: (error) => {
        if (error instanceof DomainError) refused(`cannot be checked now: ${error.message}`);
        else this.#broke(error);
      },
    });
  }

  #onNewToken(next: Authenticated, mine: Authenticated): void {
    const { userId, projectId } = mine.identity;
    if (next.identity.userId !== userId || next.identity.projectId !== projectId) {
      const message = 'token: belongs to another user or project; open another connection for it';
      this.#outlet.refuse('forbidden', message, CLOSE.forbidden);
      return;
    }
    if (!mayFollow(next.identity, this.#context.policy)) {
      const { code, message, close } = nothingToFollow(next.identity);
      this.#outlet.refuse(code, message, close);
      return;
    }
    this.#outlet.say({ type: 'auth_ok', expires_at: expiryOf(next.identity) });
    this.#becomes(next);
  }

  #enter(authenticated: Authenticated): void {
    const { connections, settings, observer } = this.#context;
    const { identity } = authenticated;
    this.#cancelHello();
    const found = placeFor(identity, this.#context);
    if ('denied' in found) {
      const { code, message, close } = found.denied;
      this.#outlet.refuse(code, message, close);
      return;
    }
    connections.take(found.place);
    this.#place = found.place;
    this.#outlet.say(welcomeFrame(this.id, identity, settings, observer.state()));
    this.#authentication.become(authenticated);
  }

  #becomes(authenticated: Authenticated): void {
    this.#authentication.become(authenticated);
    this.#subscriptions.reconsider(authenticated.identity);
  }

  /** Looks up a token, and continues to read after one of these callbacks. */
  #lookUp(
    token: string,
    answer: {
      readonly known: (identity: Identity) => void;
      readonly unknown: () => void;
      readonly failed: (error: unknown) => void;
    },
  ): void {
    const answered = this.#authentication.ask(token).then((identity) => {
      if (this.#outlet.isClosed) return;
      if (identity !== undefined) answer.known(identity);
      else answer.unknown();
    });
    this.#inbox.hold(answered.catch(answer.failed));
  }

  /** An internal failure: reports it to the client, which reconnects and resumes. */
  #broke(error: unknown): void {
    if (this.#outlet.isClosed) return;
    sendFailure(this.#outlet, error, (err) =>
      this.#context.logger.error({ err, session: this.id }, 'session failed'),
    );
  }

  #onClosing(close: CloseCode): void {
    this.#closing = close;
    if (close === CLOSE.slowConsumer) this.#context.events.slowConsumer?.();
    this.#end();
  }

  #ended(progress: SubscriptionProgress): void {
    const { receipts, clock } = this.#context;
    receipts.ended({ ...progress, session: this.id, userId: this.identity?.userId ?? '' }, clock.now());
  }

  #end(): void {
    this.#cancelHello();
    this.#pulse.end();
    this.#subscriptions.end();
    this.#authentication.end();
    this.#inbox.close();
  }
}
