/**
 * Has everything been read that had reached this port? The kernel keeps connections in the order in which they came,
 * and the runtime takes a few of them each turn of the event loop: so the server connects to itself, and when that
 * connection is taken, so is every one that came before.
 */
import { connect, type Server, type Socket } from 'node:net';

const FIRST_MS = 2_000;

export class OwnConnections {
  readonly #host: string;
  readonly #port: number;
  /** By the port that they come from: connections of ours that wait to be taken, and some that were. */
  readonly #waiting = new Map<number, () => void>();
  readonly #taken = new Set<number>();
  #connecting = 0;
  #works = false;

  constructor(server: Server, host: string, port: number) {
    this.#host = reachable(host);
    this.#port = port;
    server.prependListener('connection', (socket: Socket) => this.#take(socket.remotePort ?? 0));
    // Of more connections than the server may have: it was taken all the same.
    server.on('drop', (dropped?: { remotePort?: number }) => this.#take(dropped?.remotePort ?? 0));
  }

  /** Finds out whether this port can be reached from here. Where it cannot, nothing is waited for later. */
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
          // The port is closed: nothing can come in by it.
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
