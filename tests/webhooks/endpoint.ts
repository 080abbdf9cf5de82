import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { within } from '../support/within.ts';

export interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any shape
  readonly json: any;
}

/** An owner's receiver: keeps what it is sent, and answers as the test says. */
export class Endpoint {
  readonly deliveries: Delivery[] = [];
  /** The n-th delivery's answer, from 0. */
  answer: (response: ServerResponse, n: number) => void = (response) => response.writeHead(204).end();
  readonly #server: Server;
  #taken = 0;
  #failure: unknown;
  #wake: () => void = () => undefined;

  private constructor() {
    this.#server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      request.on('end', () => {
        try {
          const n = this.deliveries.push({ headers: request.headers, text, json: JSON.parse(text) }) - 1;
          this.answer(response, n);
        } catch (error) {
          this.#failure = error;
          response.destroy();
        }
        this.#wake();
      });
    });
  }

  static async open(): Promise<Endpoint> {
    const endpoint = new Endpoint();
    await new Promise<void>((resolve) => {
      endpoint.#server.listen(0, '127.0.0.1', resolve);
    });
    return endpoint;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  async next(): Promise<Delivery> {
    while (this.#taken >= this.deliveries.length || this.#failure !== undefined) {
      if (this.#failure !== undefined) throw this.#failure;
      await within(
        `delivery ${this.#taken + 1}`,
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
      );
    }
    return this.deliveries[this.#taken++] as Delivery;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** As the specification says a receiver verifies, written without a look at the sender. */
export function isSigned({ headers, text }: Delivery, secret: string): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
  const right = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  return String(headers['webhook-signature']).split(' ').includes(right);
}

/** What CloudEvents 1.0.2 (sections 3.1 and 3.2, and its JSON format) finds wrong with an event. */
export function faultsOf(event: Record<string, unknown>): string[] {
  const text = (name: string) => typeof event[name] === 'string' && event[name] !== '';
  const faults = ['id', 'source', 'type'].filter((name) => !text(name)).map((name) => `${name} is required`);
  if (event.specversion !== '1.0') faults.push('specversion is 1.0');
  if (!URL.canParse(String(event.source), 'http://relative/')) faults.push('source is a URI-reference');
  for (const name of ['subject', 'datacontenttype', 'dataschema', 'time']) {
    if (name in event && !text(name)) faults.push(`${name} is text where it is there`);
  }
  if (
    'time' in event &&
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(String(event.time))
  )
    faults.push('time is of RFC 3339');
  for (const name of Object.keys(event)) {
    if (name !== 'data_base64' && !/^[a-z0-9]{1,20}$/.test(name))
      faults.push(`${name} is no name of an attribute`);
  }
  return faults;
}
