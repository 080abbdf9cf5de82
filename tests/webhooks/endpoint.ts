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
  #wake: () => void = () => undefined;

  private constructor() {
    this.#server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      request.on('end', () => {
        const n = this.deliveries.push({ headers: request.headers, text, json: JSON.parse(text) }) - 1;
        this.answer(response, n);
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
    while (this.#taken >= this.deliveries.length) {
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
  return headers['webhook-signature'] === `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}
