import type { CloseCode } from '../protocol/close-codes.ts';
import type { StreamKind } from '../protocol/upstream.ts';
import { Connection, type ConnectionListener } from './connection.ts';
import { ConnectionLostError, type HostbeatError, messageOf } from './errors.ts';
import { type ClientOptions, OPEN_TIMEOUT_MS } from './options.ts';
import type { Subscription } from './subscription.ts';
import type { SetTimer } from './timeout.ts';
import { askToken } from './token.ts';

export interface AttemptListener<K extends StreamKind> extends ConnectionListener<K> {
  /** The application gave a token. */
  onToken(): void;
}

/** One try to follow the stream: gets a token, then holds a connection until it breaks or is given up. */
export class Attempt<K extends StreamKind> {
  readonly #options: ClientOptions<K>;
  readonly #subscription: Subscription<K>;
  readonly #listener: AttemptListener<K>;
  readonly #setTimer: SetTimer;
  #connection: Connection<K> | undefined;
  #over = false;

  /** Begins at once. The listener is never called from within. */
  constructor(
    options: ClientOptions<K>,
    subscription: Subscription<K>,
    listener: AttemptListener<K>,
    setTimer: SetTimer,
  ) {
    this.#options = options;
    this.#subscription = subscription;
    this.#listener = listener;
    this.#setTimer = setTimer;
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

  /** Tells nothing more. Resolves when the peer has taken note, or is not going to. */
  async giveUp(close: CloseCode): Promise<void> {
    this.#over = true;
    await this.#connection?.giveUp(close);
  }

  async #run(): Promise<void> {
    const { token, openTimeoutMs = OPEN_TIMEOUT_MS } = this.#options;
    try {
      const secret = await askToken(token, openTimeoutMs, this.#setTimer);
      if (!this.#over) this.#listener.onToken();
      if (!this.#over) this.#connect(secret);
    } catch (error) {
      if (!this.#over) this.#listener.onEnd(error as HostbeatError, 'resume');
    }
  }

  /** @throws ConnectionLostError where the platform does not even try */
  #connect(token: string): void {
    try {
      this.#connection = new Connection(
        this.#options,
        token,
        this.#subscription,
        this.#listener,
        this.#setTimer,
      );
    } catch (error) {
      throw new ConnectionLostError(1006, messageOf(error));
    }
  }
}
