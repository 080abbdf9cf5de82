/**
 * The stream as Server-Sent Events, for networks that block WebSockets. By `fetch`, since `EventSource` cannot send a
 * token. Loaded only when it is needed, so it imports only types from the client.
 */
import type { StreamKind } from '../../protocol/upstream.ts';
import type { ClientOptions } from '../options.ts';
import type { SocketHandlers, Transport } from './socket.ts';

export type EventStreamOptions = Pick<
  ClientOptions<StreamKind>,
  'stream' | 'projectId' | 'servers' | 'hostStatus' | 'cursor' | 'fetch'
> & {
  /** The service's base address. */
  readonly url: string;
  readonly token: string;
};

/**
 * The close code that a WebSocket would have got. A status without hostbeat's JSON comes from an intermediary, and
 * counts as temporary.
 */
export async function refusalOf(answer: Response): Promise<readonly [code: number, reason: string]> {
  const { status } = answer;
  const message = await wordsOf(answer).catch(() => undefined);
  if (message === undefined) return [1006, `the answer is ${status}, and not from hostbeat`];
  const code = status === 503 ? 1013 : [400, 401, 403, 429].includes(status) ? 4000 + status : 1006;
  return [code, `${status}: ${message}`];
}

/** Undefined for an answer that is not in hostbeat's form: `{"error":{"code":"word","message"}}`. */
async function wordsOf(answer: Response): Promise<string | undefined> {
  if (!answer.headers.get('content-type')?.startsWith('application/json')) {
    await answer.body?.cancel();
    return undefined;
  }
  const { error } = (await answer.json()) as { error?: { code?: unknown; message?: unknown } };
  const isOurs = typeof error?.code === 'string' && /^[a-z_]+$/.test(error.code);
  return isOurs && typeof error.message === 'string' ? error.message : undefined;
}

export class EventStream implements Transport {
  readonly #abort = new AbortController();
  #handlers: SocketHandlers | undefined;
  #type = '';
  #data = '';

  constructor(options: EventStreamOptions, handlers: SocketHandlers) {
    this.#handlers = handlers;
    this.#run(options).then(
      () => this.#end(1006, 'the answer ended'),
      (error: unknown) => this.#end(1006, error instanceof Error ? error.message : String(error)),
    );
  }

  /** SSE sends nothing to the server: the subscription is in the URL. */
  send(): boolean {
    return false;
  }

  async giveUp(): Promise<void> {
    this.#handlers = undefined;
    this.#abort.abort();
  }

  async #run(options: EventStreamOptions): Promise<void> {
    const { token, cursor, fetch = globalThis.fetch.bind(globalThis) } = options;
    const answer = await fetch(`${options.url}/v1/events?${filterOf(options)}`, {
      headers: {
        accept: 'text/event-stream',
        'x-auth-token': token,
        ...(cursor === undefined ? {} : { 'last-event-id': cursor }),
      },
      cache: 'no-store',
      // Redirects are refused: the token is sent to no other address.
      redirect: 'manual',
      signal: this.#abort.signal,
    });
    const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
    if (!answer.ok || !isStream || answer.body === null) {
      this.#end(...(await refusalOf(answer)));
      return;
    }
    this.#handlers?.onOpen();
    const decoder = new TextDecoder();
    let rest = '';
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(line);
    }
  }

  #take(line: string): void {
    const [, field, value = ''] = /^(event|data): ?(.*)/.exec(line) ?? [];
    if (field === 'event') this.#type = value;
    else if (field === 'data') this.#data += this.#data === '' ? value : `\n${value}`;
    else if (line === '') {
      const [type, data] = [this.#type, this.#data];
      this.#type = '';
      this.#data = '';
      if (data === '') return;
      if (type === 'close') {
        const { code, reason } = JSON.parse(data) as { code: number; reason: string };
        this.#end(code, reason);
      } else {
        this.#handlers?.onFrame(data);
      }
    }
  }

  #end(code: number, reason: string): void {
    const last = this.#handlers;
    void this.giveUp();
    last?.onClosed(code, reason);
  }
}

/** A subscription, as the query of a URL. */
export function filterOf({ stream, projectId, servers, hostStatus }: EventStreamOptions): URLSearchParams {
  const query = new URLSearchParams({ stream: stream ?? 'project' });
  if (projectId !== undefined) query.set('project_id', projectId);
  for (const id of servers ?? []) query.append('servers', id);
  for (const status of hostStatus ?? []) query.append('host_status', status);
  return query;
}
