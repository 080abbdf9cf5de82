/**
 * Finds out whether everything that had reached this port was read. The kernel keeps connections in their order of
 * arrival, and the runtime accepts a few of them each turn of the event loop. So the server connects to itself: when it
 * accepts that connection, it has accepted every earlier one.
 */
import { connect, type Server, type Socket } from 'node:net';

const FIRST_MS = 2_000;

export class OwnConnections {
  readonly #host: string;
  readonly #port: number;
  /** By source port: our own connections that wait to be accepted, and some that were accepted. */
  readonly #waiting = new Map<number, () => void>();
  readonly #taken = new Set<number>();
  #connecting = 0;
  #works = false;

  constructor(server: Server, host: string, port: number) {
    this.#host = reachable(host);
    this.#port = port;
    server.prependListener('connection', (socket: Socket) => this.#take(socket.remotePort ?? 0));
    // The server has reached its limit of connections and dropped ours: it was accepted all the same.
    server.on('drop', (dropped?: { remotePort?: number }) => this.#take(dropped?.remotePort ?? 0));
  }

  /** Finds out whether this process can connect to its own port. Where it cannot, no later call waits. */
  async begin(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), FIRST_MS);
    });
    this.#works = true;
    this.#works = await Promise.race([this.caughtUp().then(yes, no), late]);
    clearTimeout(timer);
  }

  /** @throws the system's error where no connection can be opened */
  async caughtUp(): Promise<void> {
    if (!this.#works) return;
    this.#connecting++;
    const socket = connect({ host: this.#host, port: this.#port });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', (error: NodeJS.ErrnoException) => {
          // The port is closed: nothing can arrive there.
          if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') resolve();
          else reject(error);
        });
        socket.once('connect', () => {
          const port = socket.localPort ?? 0;
          if (this.#taken.delete(port)) resolve();
          else this.#waiting.set(port, resolve);
        });
      });
    } finally {
      this.#waiting.delete(socket.localPort ?? 0);
      socket.on('error', () => undefined);
      socket.destroy();
      this.#connecting--;
      if (this.#connecting === 0) this.#taken.clear();
    }
  }

  #take(port: number): void {
    if (this.#connecting === 0) return;
    const resolve = this.#waiting.get(port);
    if (resolve === undefined) this.#taken.add(port);
    else resolve();
  }
}

function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

const yes = () => true;
const no = () => false;
