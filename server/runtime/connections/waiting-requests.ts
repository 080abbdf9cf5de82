/** Requests that wait to begin: addresses take turns, and within an address the credentials of its requests. */

export interface RequestOrigin {
  readonly address: string;
  readonly credentials: string;
}

export type Begin = () => void;
/** Requests by credentials; in both maps the key that was served least recently is the first. */
type Lanes = Map<string, Begin[]>;

export class WaitingRequests {
  readonly #byAddress = new Map<string, Lanes>();

  get isEmpty(): boolean {
    return this.#byAddress.size === 0;
  }

  /** Does a request of this origin wait? */
  has({ address, credentials }: RequestOrigin): boolean {
    return this.#byAddress.get(address)?.has(credentials) ?? false;
  }

  add({ address, credentials }: RequestOrigin, begin: Begin): void {
    const lanes = this.#byAddress.get(address);
    const lane = lanes?.get(credentials);
    if (lane !== undefined) lane.push(begin);
    else if (lanes !== undefined) lanes.set(credentials, [begin]);
    else this.#byAddress.set(address, new Map([[credentials, [begin]]]));
  }

  /** Takes the next one out; undefined if none waits. */
  next(): Begin | undefined {
    const [first] = this.#byAddress;
    if (first === undefined) return undefined;
    const [address, lanes] = first;
    const [[credentials, lane]] = lanes as unknown as [[string, Begin[]]];
    const begin = lane.shift();
    lanes.delete(credentials);
    if (lane.length > 0) lanes.set(credentials, lane);
    this.#byAddress.delete(address);
    if (lanes.size > 0) this.#byAddress.set(address, lanes);
    return begin;
  }

  /** Resolves when every request that waits now has begun. */
  async begun(): Promise<void> {
    const passed: Promise<void>[] = [];
    for (const lanes of this.#byAddress.values()) {
      for (const lane of lanes.values()) passed.push(new Promise((resolve) => lane.push(resolve)));
    }
    await Promise.all(passed);
  }
}
