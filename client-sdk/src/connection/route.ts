import type { StreamKind } from '../../protocol/upstream.ts';
import { baseUrl, type ClientOptions, OPEN_TIMEOUT_MS } from '../options.ts';

/** How often a WebSocket must fail beside a server that answers, until it is taken for blocked. */
const BLOCKED_AFTER = 2;

/**
 * Which way to take: a WebSocket, or events where something between lets no WebSocket through. That a WebSocket fails says
 * nothing while the server is away; so it counts only if the server answers a plain request in the same moment. When
 * events end, a WebSocket is tried again first.
 */
export class Route {
  readonly #fixed: 'websocket' | 'events' | undefined;
  readonly #isReachable: () => Promise<boolean>;
  #failed = 0;

  constructor(
    { transport = 'auto', tokenIn }: Pick<ClientOptions<StreamKind>, 'transport' | 'tokenIn'>,
    isReachable: () => Promise<boolean>,
  ) {
    this.#fixed = transport !== 'auto' ? transport : tokenIn === 'ticket' ? 'websocket' : undefined;
    this.#isReachable = isReachable;
  }

  get isByEvents(): boolean {
    return this.#fixed === undefined ? this.#failed >= BLOCKED_AFTER : this.#fixed === 'events';
  }

  /** @param welcomed the server had answered on this connection */
  async onLost(welcomed: boolean): Promise<void> {
    if (this.#fixed !== undefined) return;
    if (this.isByEvents) this.#failed = BLOCKED_AFTER - 1;
    else if (welcomed || !(await this.#isReachable())) this.#failed = 0;
    else this.#failed += 1;
  }
}

/** Whether the server answers a plain request; what it answers makes no difference. */
export async function isReachable(
  options: Pick<ClientOptions<StreamKind>, 'url' | 'fetch'>,
): Promise<boolean> {
  const { url, fetch = globalThis.fetch.bind(globalThis) } = options;
  try {
    const answer = await fetch(`${baseUrl(url)}/healthz`, {
      // From another origin the answer cannot be read, and need not be.
      mode: 'no-cors',
      cache: 'no-store',
      signal: AbortSignal.timeout(OPEN_TIMEOUT_MS),
    });
    await answer.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
