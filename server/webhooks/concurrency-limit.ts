/** How many deliveries may be under way, over all and of one project. */
export interface SlotLimits {
  readonly all: number;
  readonly perProject: number;
}

interface Waiting {
  readonly projectId: string;
  readonly go: () => void;
}

/**
 * Bounds what is under way at once. A project has its own few, so that an owner with many slow endpoints waits for
 * himself; the others go past him.
 */
export class Slots {
  readonly #limits: SlotLimits;
  readonly #taken = new Map<string, number>();
  #all = 0;
  #waiting: Waiting[] = [];

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  get taken(): number {
    return this.#all;
  }

  async use<T>(projectId: string, work: () => Promise<T>): Promise<T> {
    if (this.#hasRoom(projectId)) this.#take(projectId);
    else await new Promise<void>((go) => this.#waiting.push({ projectId, go }));
    try {
      return await work();
    } finally {
      this.#release(projectId);
    }
  }

  #hasRoom(projectId: string): boolean {
    return this.#all < this.#limits.all && (this.#taken.get(projectId) ?? 0) < this.#limits.perProject;
  }

  #take(projectId: string): void {
    this.#all += 1;
    this.#taken.set(projectId, (this.#taken.get(projectId) ?? 0) + 1);
  }

  #release(projectId: string): void {
    this.#all -= 1;
    const left = (this.#taken.get(projectId) ?? 0) - 1;
    if (left > 0) this.#taken.set(projectId, left);
    else this.#taken.delete(projectId);
    const next = this.#waiting.findIndex((one) => this.#hasRoom(one.projectId));
    const [one] = next < 0 ? [] : this.#waiting.splice(next, 1);
    if (one === undefined) return;
    this.#take(one.projectId);
    one.go();
  }
}
