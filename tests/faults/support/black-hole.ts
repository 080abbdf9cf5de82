import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands between a client and the server, and can swallow what either says, with both connections left open. */
export class BlackHole {
  readonly port: number;
  /** Nothing passes any more in either direction, on connections that are and that come. */
  swallow = false;
  readonly #server: ReturnType<typeof createServer>;
  readonly #sockets = new Set<Socket>();

  private constructor(server: ReturnType<typeof createServer>, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async to(target: number): Promise<BlackHole> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new BlackHole(server, (server.address() as { port: number }).port);
    server.on('connection', (client) => proxy.#join(client, connect(target, '127.0.0.1')));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  #join(client: Socket, upstream: Socket): void {
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (data) => this.swallow || to.write(data));
      from.on('error', () => undefined);
      // Half-open: neither end learns that the other is gone.
      from.on('close', () => this.swallow || to.destroy());
      from.on('close', () => this.#sockets.delete(from));
    }
  }

  /** Both ends learn that the connections are gone. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
