/** Switches hosts off and on, at one node after the other, and remembers what was answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';

const PAUSE_MS = 150;
const ANSWER_MS = 3_000;
/** A request that was given up may wait in its node, for a database that is away, and be committed after a later one. */
const LATE_MS = 60_000;

export interface Switch {
  readonly node: number;
  readonly at: number;
  readonly took: number;
}

interface Refused {
  readonly uuid: string;
  readonly isDown: boolean;
  readonly at: number;
  readonly status: number;
}

export class Operator {
  readonly #urls: () => readonly string[];
  readonly #token: string;
  readonly #uuids: readonly string[];
  /** By service: what it may be, after the last answer. */
  readonly #may = new Map<string, boolean[]>();
  #isOver = false;
  readonly #running: Promise<void>;
  readonly answered: Switch[] = [];
  /** Answers that refuse, by status; 0 for none within the time. */
  readonly refused: Refused[] = [];

  constructor(urls: () => readonly string[], token: string, uuids: readonly string[]) {
    this.#urls = urls;
    this.#token = token;
    this.#uuids = uuids;
    this.#running = this.#go();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  /** Sorted durations of what was answered since `since`, by these nodes. */
  took(since: number, nodes: readonly number[] = [0, 1, 2]): number[] {
    return this.answered
      .filter(({ at, node }) => at >= since && nodes.includes(node))
      .map(({ took }) => took)
      .sort((a, b) => a - b);
  }

  /** Some of what was answered may be lost, as at a failover. */
  forget(): void {
    for (const uuid of this.#may.keys()) this.#may.set(uuid, [true, false]);
  }

  /** @param isDown by service, as the database has it at the end */
  assertKept(isDown: ReadonlyMap<string, boolean>): void {
    const lost = [...this.#may].filter(([uuid, may]) => !may.includes(isDown.get(uuid) as boolean));
    assert.equal(lost, [], 'a switch that was answered and is not there');
  }

  async #go(): Promise<void> {
    const count = this.#uuids.length;
    for (let n = 0; !this.#isOver; n++) {
      const isDown = n % (2 * count) < count;
      const uuid = this.#uuids[n % count] as string;
      const node = n % this.#urls().length;
      const at = performance.now();
      const status = await this.#put(node, uuid, isDown);
      if (status === 200) {
        this.answered.push({ node, at, took: performance.now() - at });
        const given = this.refused.filter(
          (one) => one.uuid === uuid && one.status === 0 && at - one.at < LATE_MS,
        );
        this.#may.set(uuid, [isDown, ...given.map((one) => one.isDown)]);
      } else {
        this.refused.push({ uuid, isDown, at, status });
        this.#may.set(uuid, [...(this.#may.get(uuid) ?? [false]), isDown]);
      }
      await sleep(PAUSE_MS);
    }
  }

  async #put(node: number, uuid: string, forcedDown: boolean): Promise<number> {
    try {
      const { status } = await fetch(`${this.#urls()[node]}/v1/services/${uuid}`, {
        method: 'PUT',
        headers: { 'x-auth-token': this.#token, 'content-type': 'application/json' },
        body: JSON.stringify({ forced_down: forcedDown }),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      return status;
    } catch {
      return 0;
    }
  }
}
