import { CLOSE, type CloseCode } from '../../../client-sdk/protocol/close-codes.ts';
import type { Upstream } from '../../../client-sdk/protocol/upstream.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Revocation } from '../../identity/tokens/revocations.ts';
import type { Socket, SocketEvents } from '../../socket/socket.ts';
import { type Authenticated, Authentication } from '../connection/authentication.ts';
import type { HubConnection, LimitKey, SubscriptionProgress } from '../connection/connections.ts';
import type { KeepalivePeer, KeepaliveSlot } from '../connection/keepalive.ts';
import { placeFor } from '../connection/place.ts';
import { Outbox } from '../delivery/outbox.ts';
import { sendFailure } from './failures.ts';
import { waitForHello } from './hello.ts';
import { Inbox } from './inbox.ts';
import { answerRequest } from './requests.ts';
import type { SessionContext } from './session-context.ts';
import { Subscriptions } from './subscriptions.ts';
import { checkAgain, enterWith, renewWith, type TokenParts } from './token-frames.ts';
import { readUpstream } from './upstream-frame.ts';
import { welcomeFrame } from './welcome.ts';

/**
 * One connection's conversation, from the first frame to the close: the only reader of what clients send. It answers
 * messages one after the other; while it looks up an identity, the following messages wait.
 */
export class Session implements SocketEvents, HubConnection, KeepalivePeer {
  readonly id: string;
  readonly #context: SessionContext;
  readonly #outbox: Outbox;
  readonly #subscriptions: Subscriptions;
  readonly #authentication: Authentication;
  readonly #keepalive: KeepaliveSlot;
  readonly #inbox = new Inbox((message) => this.#answer(message));
  /** The limit that it counts against; undefined before it counts. */
  #place: LimitKey | undefined;
  #hadHello = false;
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
    this.#outbox = new Outbox(socket, {
      maxBacklog: settings.maxBacklog,
      soon,
      setTimer,
      onClosing: (close) => this.#onClosing(close),
    });
    this.#subscriptions = new Subscriptions(
      context,
      this.#outbox,
      (error) => this.#fail(error),
      (progress) => this.#keepReceipt(progress),
    );
    this.#authentication = new Authentication(context, {
      address: options.address,
      onExpiring: (left) => this.#outbox.send({ type: 'auth_expiring', in_ms: Math.round(left) }),
      onExpired: () => this.close(CLOSE.tokenExpired),
    });
    this.#keepalive = context.keepalive.join(this, context.random());
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
    this.#outbox.refuse('bad_frame', 'too many frames before the token was answered', CLOSE.badFrame);
  }

  pong(): void {
    this.#keepalive.onPong();
  }

  closed(code: number): void {
    this.#outbox.ended();
    this.#end();
    this.#context.connections.remove(this, this.#place);
    this.#context.events.closed?.(this.#closing?.code ?? code);
  }

  // Called by the hub.

  beat({ ping, health }: { readonly ping: boolean; readonly health: boolean }): void {
    if (this.#outbox.isClosed) return;
    const frame = health && this.identity !== undefined ? this.#subscriptions.health() : undefined;
    if (ping) this.#outbox.ping(frame);
    else if (frame !== undefined) this.#outbox.write(frame);
  }

  lost(): void {
    this.close(CLOSE.noPong);
  }

  drain(reconnectIn: [number, number]): void {
    this.#outbox.send({ type: 'drain', reconnect_in_ms: reconnectIn });
  }

  close(close: CloseCode): void {
    this.#outbox.close(close);
  }

  terminate(): void {
    this.#outbox.terminate();
  }

  onPolicyChanged(): void {
    const { identity } = this;
    if (identity !== undefined && !this.#outbox.isClosed) this.#subscriptions.reconsider(identity);
  }

  onRevoked(gone: Revocation): Promise<void> {
    return checkAgain(gone, this.#tokenParts());
  }

  // The conversation.

  #answer(text: string | undefined): void {
    const reading = readUpstream(text);
    if ('problem' in reading) {
      const { problem: message, code } = reading;
      // Before authentication there is no stream that the close could end.
      const stays = code !== 'bad_frame' && this.#authentication.current !== undefined;
      if (stays) this.#outbox.send({ type: 'error', code, message });
      else this.#outbox.refuse('bad_frame', message, CLOSE.badFrame);
      return;
    }
    if ('unknownType' in reading) {
      const message = `type: this server does not know "${reading.unknownType}"; the frame was ignored`;
      this.#outbox.send({ type: 'error', code: 'unknown_type', message });
      return;
    }
    const { frame } = reading;
    const mine = this.#authentication.current;
    if (frame.type === 'ping') {
      this.#outbox.send({ type: 'pong', ...(frame.nonce === undefined ? {} : { nonce: frame.nonce }) });
    } else if (frame.type === 'hello') {
      this.#onHello(frame);
    } else if (mine === undefined) {
      const message = `"${frame.type}" came before the connection was authenticated: send "hello" with a token first`;
      this.#outbox.refuse('unauthenticated', message, CLOSE.badToken);
    } else if (frame.type === 'auth') {
      renewWith(frame.token, mine, this.#tokenParts());
    } else {
      answerRequest(frame, {
        identity: mine.identity,
        subscriptions: this.#subscriptions,
        outbox: this.#outbox,
        maxSubscriptions: this.#context.settings.maxSubscriptions,
      });
    }
  }

  #onHello({ token, client }: Extract<Upstream, { type: 'hello' }>): void {
    if (this.#hadHello) {
      this.#outbox.refuse('bad_frame', '"hello" came a second time', CLOSE.badFrame);
      return;
    }
    this.#hadHello = true;
    this.#context.logger.debug({ session: this.id, client }, 'hello');
    if (this.#authentication.current === undefined) enterWith(token, this.#tokenParts());
  }

  /** Made when a token is looked up, because most connections never do so again. */
  #tokenParts(): TokenParts {
    return {
      authentication: this.#authentication,
      subscriptions: this.#subscriptions,
      inbox: this.#inbox,
      outbox: this.#outbox,
      policy: this.#context.policy,
      enter: (authenticated) => this.#enter(authenticated),
      fail: (error) => this.#fail(error),
    };
  }

  #enter(authenticated: Authenticated): void {
    const { connections, settings, observer } = this.#context;
    const { identity } = authenticated;
    this.#cancelHello();
    const found = placeFor(identity, this.#context);
    if ('denied' in found) {
      const { code, message, close } = found.denied;
      this.#outbox.refuse(code, message, close);
      return;
    }
    connections.take(found.place);
    this.#place = found.place;
    this.#outbox.send(welcomeFrame(this.id, identity, settings, observer.state()));
    this.#authentication.become(authenticated);
  }

  /** An internal failure: reports it to the client, which reconnects and resumes. */
  #fail(error: unknown): void {
    if (this.#outbox.isClosed) return;
    sendFailure(this.#outbox, error, (err) =>
      this.#context.logger.error({ err, session: this.id }, 'session failed'),
    );
  }

  #onClosing(close: CloseCode): void {
    this.#closing = close;
    if (close === CLOSE.slowConsumer) this.#context.events.slowConsumer?.();
    this.#end();
  }

  #keepReceipt(progress: SubscriptionProgress): void {
    const { receipts, clock } = this.#context;
    receipts.ended({ ...progress, session: this.id, userId: this.identity?.userId ?? '' }, clock.now());
  }

  #end(): void {
    this.#cancelHello();
    this.#keepalive.end();
    this.#subscriptions.end();
    this.#authentication.end();
    this.#inbox.close();
  }
}
