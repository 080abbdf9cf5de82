/** HTTP servers whose answers a test chooses; each notes what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly body: string;
}

export interface Answering extends AsyncDisposable {
  readonly url: string;
  readonly asked: Asked[];
}

export async function answering(
  answer: (response: ServerResponse, asked: Asked, nth: number) => void,
): Promise<Answering> {
  const asked: Asked[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method = '', url = '', headers } = request;
    const one = { method, path: url, token: headers['x-auth-token']?.toString(), body };
    asked.push(one);
    answer(response, one, asked.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(response: ServerResponse, status: number, body: object, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** hostbeat's own form of an error. */
export const refused = (message: string) => ({ error: { code: 'x', message } });
