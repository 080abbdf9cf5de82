import type { StreamKind } from '../../protocol/upstream.ts';
import { messageOf, UsageError } from '../errors.ts';
import { baseUrl, type ClientOptions, type NodeOptions } from '../options.ts';
import { deferred } from '../support/deferred.ts';
import { realTimer, type SetTimer } from '../support/timeout.ts';
import type { ConnectionState } from './connection-state.ts';

/** How many WebSockets must fail while the server answers requests, until WebSockets count as blocked. */
const BLOCKED_AFTER = 2;
/** Milliseconds that the plain request may take. */
const PROBE_MS = 3_000;

/** The transports, in the order in which they are tried. */
const WAYS = ['websocket', 'events', 'poll'] as const;
export type Way = (typeof WAYS)[number];

/**
 * Chooses the transport: a WebSocket, Server-Sent Events where an intermediary blocks WebSockets, or long polls where
 * it delays an answer until its end. A failed connection proves nothing while the server is away; so it counts only if
 * the server answers a plain request at the same moment. When a connection that was in step ends, the transport before
 * it in this order is tried again first, and once; when the last one fails too, a WebSocket: none is ruled out for
 * good.
 */
export class Route {
  readonly #ways: readonly Way[];
  #at = 0;
  #failed = 0;

  /** @throws UsageError if a WebSocket is required and the platform has none */
  constructor({
    transport = 'auto',
    tokenIn,
    WebSocket = globalThis.WebSocket as never,
  }: Pick<ClientOptions<StreamKind>, 'transport' | 'tokenIn' | 'WebSocket'>) {
    const wished = transport === 'auto' && tokenIn === 'ticket' ? 'websocket' : transport;
    // Node 20 has no WebSocket.
    if (WebSocket === undefined && wished === 'websocket') {
      throw new UsageError(
        'this platform has no WebSocket: give one in the option "WebSocket", or use "events"',
      );
    }
    this.#ways = wished === 'auto' ? WAYS.slice(WebSocket === undefined ? 1 : 0) : [wished];
  }

  get way(): Way {
    return this.#ways[this.#at] as Way;
  }

  /** Whether `onLost` needs the result of a plain request. */
  get needsProbe(): boolean {
    return this.#at < this.#ways.length - 1;
  }

  /**
   * A connection ended in this state. Where the reason matters, a plain request finds out whether the server answers.
   * @param isUnexplained the platform gives no reason
   * @returns why the server does not answer, if it was asked
   */
  onEnd(
    state: ConnectionState,
    isUnexplained: boolean,
    ask: () => Promise<string | undefined>,
  ): Promise<string | undefined> | undefined {
    const mayBeBlocked = state !== 'live' && this.needsProbe && state !== 'authenticating';
    if (isUnexplained || mayBeBlocked)
      return ask().then((why) => {
        this.onLost(why === undefined);
        return why;
      });
    if (state !== 'authenticating') this.onLost(false, state === 'live');
    return undefined;
  }

  /**
   * @param isBlocked this connection was never in step, though the server answers plain requests
   * @param wasInStep this connection was in step
   */
  onLost(isBlocked: boolean, wasInStep = false): void {
    this.#failed = isBlocked ? this.#failed + 1 : 0;
    if (isBlocked && this.needsProbe) {
      if (this.#failed < BLOCKED_AFTER) return;
      this.#at += 1;
      this.#failed = 0;
    } else if (this.#at > 0) {
      this.#at = wasInStep ? this.#at - 1 : 0;
      this.#failed = BLOCKED_AFTER - 1;
    }
  }
}

/**
 * Sends a plain request without the token. It waits no longer than `PROBE_MS` for the answer, even if the
 * platform's or the application's `fetch` ignores its signal, because the next attempt waits for this.
 * @returns undefined if it answers at all; else the reason
 */
export async function whyUnreachable(
  { url, fetch = globalThis.fetch.bind(globalThis) }: Pick<NodeOptions<StreamKind>, 'url' | 'fetch'>,
  setTimer: SetTimer = realTimer,
  stop?: AbortSignal,
): Promise<string | undefined> {
  const asking = new AbortController();
  const late = deferred<never>();
  const callOff = (why: string) => {
    late.reject(new Error(why));
    asking.abort();
  };
  const stopped = () => callOff('closed');
  const cancel = setTimer(() => callOff(`no answer within ${PROBE_MS} ms`), PROBE_MS);
  stop?.addEventListener('abort', stopped);
  try {
    const answer = await Promise.race([
      fetch(`${baseUrl(url)}/healthz`, {
        // A browser hides the answer of another origin, which is not needed. It cannot refuse a redirect there.
        ...('document' in globalThis ? { mode: 'no-cors' as const } : { redirect: 'manual' as const }),
        cache: 'no-store',
        signal: asking.signal,
      }),
      late.promise,
    ]);
    // The server answers; its body does not matter.
    answer.body?.cancel().catch(() => {});
    return undefined;
  } catch (error) {
    return messageOf(error);
  } finally {
    cancel();
    stop?.removeEventListener('abort', stopped);
  }
}
