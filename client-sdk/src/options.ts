import type { HostStatus } from '../protocol/host-status.ts';
import type { StreamKind } from '../protocol/upstream.ts';
import type { WakeUps } from './connection/platform-events.ts';
import type { WebSocketConstructor } from './connection/socket.ts';
import { checkToken, type TokenSource } from './connection/token.ts';
import { UsageError } from './errors.ts';
import { checkMs } from './support/numbers.ts';
import type { SetTimer } from './support/timeout.ts';

export interface ClientOptions<K extends StreamKind = 'project'> {
  /**
   * The service: `https://host:port`, or the stream's own address `wss://host:port/v1/stream`. Never contains a secret.
   * Several nodes: one is used at a time, in this order; the token is sent to no other address.
   */
  readonly url: string | readonly string[];
  /**
   * A token, or a function that returns one: called before every connect and when the server says that the token expires. A function
   * is called once more, with `refused: true`, before a refusal ends the client: a password may have been changed.
   */
  readonly token: TokenSource;
  /**
   * How the token travels. `hello` (default): in the first frame. `bearer`: as a subprotocol, for proxies that decide at
   * the upgrade. `ticket`: as a subprotocol too, and `token` returns a fresh one-use ticket of `POST /v1/tickets`.
   */
  readonly tokenIn?: 'hello' | 'bearer' | 'ticket' | undefined;
  /**
   * `auto` (default): a WebSocket; Server-Sent Events where an intermediary blocks WebSockets; and long polls where it
   * delays an endless answer. Over SSE and polls nothing can be acknowledged, and the connection ends with its token.
   * Tickets only open WebSockets.
   */
  readonly transport?: 'auto' | 'websocket' | 'events' | 'poll' | undefined;
  /** `project` (default): the token's project. `hosts`: every service, for operators. */
  readonly stream?: K | undefined;
  /** Another project's stream; administrators only. */
  readonly projectId?: string | undefined;
  /** Only these servers. Narrows what is sent; not a security boundary. */
  readonly servers?: readonly string[] | undefined;
  /** Only changes from or to one of these. */
  readonly hostStatus?: readonly HostStatus[] | undefined;
  /** The cursor at which an earlier run ended, from `onCursor`. Without it the stream begins with a snapshot. */
  readonly cursor?: string | undefined;
  /** Stores the cursor for the next start. Called in order; while one call is pending only the newest waits. */
  readonly onCursor?: ((cursor: string) => void | Promise<void>) | undefined;
  /** Acknowledges what the application took, so that operators see which owners have not yet seen a DOWN. Default false. */
  readonly acknowledge?: boolean | undefined;
  /** Name and version of the application, shown to operators. */
  readonly clientName?: string | undefined;
  /** Drills (`kind: drill`) are delivered, and change the map as if they were true. Default false: they are ignored. */
  readonly drills?: boolean | undefined;
  /** Limit for getting the token, and again for connecting until `welcome`; ms. Default 10 000. */
  readonly openTimeoutMs?: number | undefined;
  /** Aborting it closes the client. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch | undefined;
  /** Default: the platform's. */
  readonly WebSocket?: WebSocketConstructor | undefined;
  /** When to check the connection again. Default: the browser's events of network and page, where there are any. */
  readonly wakeUps?: WakeUps | undefined;
  /** Uniform in [0, 1). Default Math.random. */
  readonly random?: (() => number) | undefined;
  /** Monotonic ms. Default performance.now. */
  readonly now?: (() => number) | undefined;
  readonly setTimer?: SetTimer | undefined;
}

/** The options for one connection, to one node. */
export type NodeOptions<K extends StreamKind> = Omit<ClientOptions<K>, 'url'> & { readonly url: string };

export const OPEN_TIMEOUT_MS = 10_000;
const STREAM_PATH = '/v1/stream';

/** @throws UsageError naming the option that cannot work */
export function checkOptions(options: ClientOptions<StreamKind>): void {
  for (const url of urlsOf(options.url)) streamUrl(url);
  checkToken(options.token);
  checkMs('openTimeoutMs', options.openTimeoutMs, 1);
}

/**
 * Each address of an option once, as it was given.
 * @throws UsageError
 */
export function urlsOf(url: string | readonly string[], option = 'url'): readonly string[] {
  const urls = typeof url === 'string' ? [url] : [...new Set(url)];
  if (urls.length === 0)
    throw new UsageError(`the option "${option}" is an empty list: give at least one address`);
  return urls;
}

/**
 * The stream's URL, from the option `url`.
 * @throws UsageError naming the option
 */
export function streamUrl(url: string): string {
  const parsed = parse(url);
  parsed.protocol = parsed.protocol.replace(/^http/, 'ws');
  parsed.pathname = parsed.pathname.replace(/\/$/, '') + STREAM_PATH;
  return parsed.href;
}

/**
 * The service's base URL, without a slash at its end, from the same option.
 * @throws UsageError naming the option
 */
export function baseUrl(url: string): string {
  const parsed = parse(url);
  parsed.protocol = parsed.protocol.replace(/^ws/, 'http');
  parsed.search = '';
  return parsed.href.replace(/\/+$/, '');
}

function parse(url: string): URL {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new UsageError('the option "url" is not a URL: give "https://host:port"');
  }
  if (!/^(https?|wss?):$/.test(parsed.protocol)) {
    throw new UsageError(`the option "url" begins with "${parsed.protocol}": use https:, http:, wss: or ws:`);
  }
  if (parsed.username || parsed.password || parsed.searchParams.has('token')) {
    throw new UsageError('the option "url" holds a secret, which would end in logs: use the option "token"');
  }
  parsed.hash = '';
  // The stream's URL means its service.
  parsed.pathname = parsed.pathname.replace(/\/+$/, '').replace(/\/+v1\/+(stream|events|changes)$/, '');
  parsed.pathname = parsed.pathname.replace(/\/+$/, '');
  return parsed;
}
