/** Every frame that an owner received, byte by byte, with the node that sent it and when it came. */

export interface Item {
  readonly kind?: string;
  readonly server_id?: string;
  readonly from?: string | null;
  readonly to?: string | null;
  readonly cause?: string;
  readonly at?: string;
}

export interface Frame {
  readonly type: string;
  readonly how?: string;
  readonly reason?: string;
  readonly cursor?: string;
  readonly epoch?: string;
  readonly seq?: number;
  readonly observer?: string;
  readonly items?: readonly Item[];
}

/** One frame of one stream, whichever owners received it. */
export interface SeenFrame {
  readonly stream: string;
  readonly seq: number;
  readonly epoch: string;
  /** The text between the frame's head and its last brace. */
  readonly items: string;
  /** By node: when it first came from there, in ms of this process. */
  readonly from: Map<number, number>;
}

/** Names the database's history: without the part that each start of a node gives it. */
export function epochOf({ epoch = '' }: Pick<Frame, 'epoch'>): string {
  return epoch.split('~')[0] ?? '';
}

const FIELDS = ['type', 'id', 'stream', 'cursor', 'epoch', 'seq', 'items'].sort().join();

export class Witness {
  readonly #frames = new Map<string, SeenFrame>();
  readonly #silent = new Map<string, number>();
  /** Servers whose host really stops to report: they may be called UNKNOWN. */
  readonly mortal = new Set<string>();
  readonly violations: string[] = [];
  frames = 0;

  get seen(): readonly SeenFrame[] {
    return [...this.#frames.values()];
  }

  /** Of the databases whose frames were seen, in the order in which they were first seen. */
  get epochs(): readonly string[] {
    return [...new Set(this.seen.map(({ epoch }) => epoch))];
  }

  /** When the first owner learned that this server is UNKNOWN. */
  silentSince(server: string): number | undefined {
    return this.#silent.get(server);
  }

  saw(node: number, stream: string, text: string, frame: Frame): void {
    const { seq = 0, items = [] } = frame;
    const epoch = epochOf(frame);
    const own = text.slice(text.indexOf(',"items":') + ',"items":'.length, -1);
    const key = `${stream} ${seq} of ${epoch}`;
    const fields = Object.keys(frame).sort().join();
    if (fields !== FIELDS) this.violations.push(`${key} has the fields ${fields}`);
    const known = this.#frames.get(key) ?? { stream, seq, epoch, items: own, from: new Map() };
    if (known.items !== own) this.violations.push(`${key} with two contents: ${known.items} and ${own}`);
    const now = performance.now();
    if (!known.from.has(node)) known.from.set(node, now);
    this.#frames.set(key, known);
    this.frames += 1;
    for (const { server_id = '', to, cause } of items) {
      if (to !== 'UNKNOWN') continue;
      if (!this.mortal.has(server_id)) this.violations.push(`${key}: UNKNOWN by ${cause}`);
      else if (!this.#silent.has(server_id)) this.#silent.set(server_id, now);
    }
  }

  /** Of what came since `since`, sorted: how long after the first node `node` sent the same, ms. */
  behind(node: number, since: number): number[] {
    return this.seen
      .flatMap(({ from }) => {
        const [first, here] = [Math.min(...from.values()), from.get(node)];
        return here === undefined || first < since ? [] : [here - first];
      })
      .sort((a, b) => a - b);
  }
}
