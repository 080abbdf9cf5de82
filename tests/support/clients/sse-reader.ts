import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Downstream } from '../../../client-sdk/protocol/downstream.ts';
import { within } from '../within.ts';

export interface SseEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
}

/** Reads Server-Sent Events from the wire, by the rules of the HTML standard and with none of our code. */
export class SseReader {
  readonly events: SseEvent[] = [];
  /** As an EventSource keeps it: the next request would send it as `Last-Event-ID`. */
  lastEventId = '';
  retry: number | undefined;
  comments = 0;
  readonly answered: Promise<IncomingMessage>;
  readonly ended: Promise<void>;
  hasEnded = false;
  readonly #request: ClientRequest;
  #response: IncomingMessage | undefined;
  #taken = 0;
  #wake: () => void = () => undefined;
  #text = '';
  #event = '';
  #data: string[] = [];
  #id: string | undefined;

  constructor(url: string, headers: Record<string, string>) {
    this.#request = request(url, { headers: { Accept: 'text/event-stream', ...headers }, agent: false });
    const ended = Promise.withResolvers<void>();
    this.ended = ended.promise;
    this.answered = new Promise((resolve, reject) => {
      this.#request.on('error', reject);
      this.#request.on('response', (response) => {
        this.#response = response;
        response.setEncoding('utf8');
        response.on('data', (text: string) => this.#read(text));
        response.on('error', () => undefined);
        response.on('close', () => {
          this.hasEnded = true;
          ended.resolve();
          this.#wake();
        });
        resolve(response);
        this.#wake();
      });
    });
    this.answered.catch(() => {
      this.hasEnded = true;
      ended.resolve();
    });
    this.#request.end();
  }

  async status(): Promise<number> {
    return (await within('an answer', this.answered)).statusCode ?? 0;
  }

  async next(): Promise<SseEvent> {
    while (this.#taken >= this.events.length) {
      const status = this.#response?.statusCode ?? 200;
      if (status !== 200) throw new Error(`there are no events: the answer is ${status}`);
      await within(
        `event ${this.#taken + 1}`,
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
      );
    }
    return this.events[this.#taken++] as SseEvent;
  }

  /** The next event of this type as a frame; skips others. */
  async until<T extends Downstream['type']>(type: T): Promise<Extract<Downstream, { type: T }>> {
    for (;;) {
      const { event, data } = await this.next();
      if (event === type) return JSON.parse(data);
    }
  }

  stopReading(): void {
    this.#response?.pause();
  }

  resumeReading(): void {
    this.#response?.resume();
  }

  cut(): void {
    this.#request.destroy();
  }

  #read(text: string): void {
    this.#text += text;
    for (;;) {
      const end = this.#text.indexOf('\n');
      if (end < 0) break;
      this.#line(this.#text.slice(0, end));
      this.#text = this.#text.slice(end + 1);
    }
    this.#wake();
  }

  #line(line: string): void {
    if (line === '') {
      if (this.#id !== undefined) this.lastEventId = this.#id;
      if (this.#data.length > 0) {
        this.events.push({ event: this.#event || 'message', id: this.#id, data: this.#data.join('\n') });
      }
      this.#event = '';
      this.#data = [];
      this.#id = undefined;
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) {
      this.comments += 1;
      return;
    }
    const value = line.slice(colon + 1).replace(/^ /, '');
    const field = line.slice(0, colon);
    if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id') this.#id = value;
    else if (field === 'retry') this.retry = Number(value);
    else throw new Error(`no line of an event stream: ${line}`);
  }
}
