import type { StreamKind } from '../../protocol/upstream.ts';
import { messageOf, UsageError } from '../errors.ts';
import { baseUrl, type ClientOptions } from '../options.ts';
import { deferred } from '../support/deferred.ts';
import { realTimer, type SetTimer } from '../support/timeout.ts';

/** How often a WebSocket must fail beside a server that answers, until it is taken for blocked. */
const BLOCKED_AFTER = 2;
/** How long a plain request may take to say that the server is there; ms. */
const PROBE_MS = 3_000;

/**
 * Which way to take: a WebSocket, or events where something between lets no WebSocket through. That a WebSocket fails says
 * nothing while the server is away; so it counts only if the server answers a plain request in the same moment. When
 * events end, a WebSocket is tried again first: it goes back and forth for ever.
 */
export class Route {
  readonly #fixed: 'websocket' | 'events' | undefined;
  #failed = 0;

  /** @throws UsageError if a WebSocket is asked for and the platform has no WebSocket */
  constructor({
    transport = 'auto',
    tokenIn,
    WebSocket = globalThis.WebSocket as never,
  }: Pick<ClientOptions<StreamKind>, 'transport' | 'tokenIn' | 'WebSocket'>) {
    const wished = transport === 'auto' && tokenIn === 'ticket' ? 'websocket' : transport;
    // Node 20 has none.
    if (WebSocket === undefined && wished === 'websocket') {
      throw new UsageError(
        'this platform has no WebSocket: give one in the option "WebSocket", or use "events"',
      );
    }
    this.#fixed = WebSocket === undefined ? 'events' : wished === 'auto' ? undefined : wished;
  }

  get isByEvents(): boolean {
    return this.#fixed === undefined ? this.#failed >= BLOCKED_AFTER : this.#fixed === 'events';
  }

  /** Whether `onLost` must be given what a plain request says. */
  get needsProbe(): boolean {
    return this.#fixed === undefined && !this.isByEvents;
  }

  /** @param isBlocked this connection never came in step, though the server answers plain requests */
  onLost(isBlocked: boolean): void {
    if (this.#fixed !== undefined) return;
    if (this.isByEvents) this.#failed = BLOCKED_AFTER - 1;
    else this.#failed = isBlocked ? this.#failed + 1 : 0;
  }
}

/**
 * Asks the server a plain question, without the token. The answer is awaited for no longer than `PROBE_MS`, also where the
 * platform's or the application's `fetch` takes no notice of being called off: the next attempt waits for this.
 * @returns undefined if it answers, whatever it answers; else why it does not
 */
export async function whyUnreachable(
  { url, fetch = globalThis.fetch.bind(globalThis) }: Pick<ClientOptions<StreamKind>, 'url' | 'fetch'>,
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
        // In a browser the answer of another origin cannot be read, and need not be. There a redirect cannot be refused.
        ...('document' in globalThis ? { mode: 'no-cors' as const } : { redirect: 'manual' as const }),
        cache: 'no-store',
        signal: asking.signal,
      }),
      late.promise,
    ]);
    // It answers; how its body ends is of no concern.
    answer.body?.cancel().catch(() => {});
    return undefined;
  } catch (error) {
    return messageOf(error);
  } finally {
    cancel();
    stop?.removeEventListener('abort', stopped);
  }
}
