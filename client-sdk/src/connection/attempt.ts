import type { StreamKind } from '../../protocol/upstream.ts';
import { ConnectionLostError, type HostbeatError, messageOf } from '../errors.ts';
import { baseUrl, type NodeOptions, OPEN_TIMEOUT_MS } from '../options.ts';
import type { Subscription } from '../subscription/subscription.ts';
import type { SetTimer } from '../support/timeout.ts';
import { Connection, type ConnectionListener, type OpenEvents } from './connection.ts';
import type { Way } from './route.ts';
import { askToken } from './token.ts';

export interface AttemptListener<K extends StreamKind> extends ConnectionListener<K> {
  /** The application returned a token. */
  onToken(): void;
}

/** One attempt to follow the stream: gets a token, then keeps a connection until it breaks or is given up. */
export class Attempt<K extends StreamKind> {
  readonly #options: NodeOptions<K>;
  readonly #subscription: Subscription<K>;
  readonly #listener: AttemptListener<K>;
  readonly #setTimer: SetTimer;
  readonly #way: Way;
  readonly #refused: boolean;
  #connection: Connection<K> | undefined;
  #cancel: (() => void) | undefined;
  #over = false;

  /**
   * Begins at once. The listener is never called synchronously.
   * @param refused the server refused the token of the last attempt
   */
  constructor(
    options: NodeOptions<K>,
    subscription: Subscription<K>,
    listener: AttemptListener<K>,
    setTimer: SetTimer,
    way: Way,
    refused: boolean,
  ) {
    this.#options = options;
    this.#subscription = subscription;
    this.#listener = listener;
    this.#setTimer = setTimer;
    this.#way = way;
    this.#refused = refused;
    void this.#run();
  }

  /** Only once `synced`: before, the server does not know the subscription. */
  acknowledge(cursor: string): void {
    this.#connection?.acknowledge(cursor);
  }

  /** Asks the server for a sign of life. */
  probe(): void {
    this.#connection?.probe();
  }

  /** Emits nothing more. Resolves when the peer has confirmed the close, or will not. */
  async giveUp(code: number): Promise<void> {
    this.#over = true;
    // A pending token request must not keep the program alive.
    this.#cancel?.();
    await this.#connection?.giveUp(code);
  }

  async #run(): Promise<void> {
    const { token, openTimeoutMs = OPEN_TIMEOUT_MS } = this.#options;
    try {
      const setTimer: SetTimer = (run, ms) => {
        this.#cancel = this.#setTimer(run, ms);
        return this.#cancel;
      };
      const secret = await askToken(token, openTimeoutMs, setTimer, this.#refused);
      if (!this.#over) this.#listener.onToken();
      const openEvents = this.#way === 'websocket' ? undefined : await this.#withoutSocket(secret);
      if (!this.#over) this.#connect(secret, openEvents);
    } catch (error) {
      if (!this.#over) this.#listener.onEnd(error as HostbeatError, 'resume');
    }
  }

  /** @throws ConnectionLostError if the code for it cannot be loaded */
  async #withoutSocket(token: string): Promise<OpenEvents> {
    try {
      const Stream =
        this.#way === 'poll'
          ? (await import('./long-poll.ts')).LongPoll
          : (await import('./event-stream.ts')).EventStream;
      const options = { ...this.#options, url: baseUrl(this.#options.url), token };
      return (cursor, handlers) => new Stream({ ...options, cursor }, handlers);
    } catch (error) {
      throw new ConnectionLostError(1006, messageOf(error));
    }
  }

  /** @throws ConnectionLostError if the platform refuses to try */
  #connect(token: string, openEvents: OpenEvents | undefined): void {
    try {
      this.#connection = new Connection(
        this.#options,
        token,
        this.#subscription,
        this.#listener,
        this.#setTimer,
        openEvents,
      );
    } catch (error) {
      throw new ConnectionLostError(1006, messageOf(error));
    }
  }
}
