/** Reporters of many hosts, which go to the next node when one does not answer in time. */
import { setTimeout as sleep } from 'node:timers/promises';

const ANSWER_MS = 1_500;
const NEXT_MS = 50;
/** Before it asks the first one again. */
const NOBODY_MS = 500;

type Outcome = 'taken' | 'degraded' | 'refused';

export class Gateways {
  readonly #urls: () => readonly string[];
  readonly #token: string;
  readonly #interval: number;
  #stopped = false;
  readonly #running: Promise<void>[] = [];
  /** By gateway, the place of the node that took its last report. */
  readonly at: number[] = [];
  /** Reports that were answered, those of them that a node cannot pass on, and moves to another node. */
  answered = 0;
  degraded = 0;
  moves = 0;

  constructor(urls: () => readonly string[], token: string, interval: number) {
    this.#urls = urls;
    this.#token = token;
    this.#interval = interval;
  }

  /** @param first place of the node that the first gateway begins with, the next with the next node */
  start(count: number, hostsOf: (gateway: number) => readonly string[], first = 0): void {
    for (let n = 0; n < count; n++) this.#running.push(this.#go(this.at.length, hostsOf(n), first));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #go(gateway: number, hosts: readonly string[], first: number): Promise<void> {
    const body = JSON.stringify({ reports: hosts.map((host) => ({ host, binary: 'nova-compute' })) });
    let node = (gateway + first) % this.#urls().length;
    this.at[gateway] = node;
    await sleep((gateway * this.#interval) / 30);
    while (!this.#stopped) {
      const began = performance.now();
      for (let asked = 1; !this.#stopped; asked += 1) {
        const how = await this.#report(node, body);
        if (how === 'taken') this.at[gateway] = node;
        // A node that hears the report and cannot pass it on is left for another one, unless all are degraded.
        if (how === 'taken' || (how === 'degraded' && asked > this.#urls().length)) break;
        node = (node + 1) % this.#urls().length;
        this.moves += 1;
        await sleep(asked % this.#urls().length === 0 ? NOBODY_MS : NEXT_MS);
      }
      await sleep(Math.max(0, this.#interval - (performance.now() - began)));
    }
  }

  async #report(node: number, body: string): Promise<Outcome> {
    try {
      const answer = await fetch(`${this.#urls()[node]}/v1/reports`, {
        method: 'POST',
        headers: { 'x-auth-token': this.#token, 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const { rejected = [], degraded = false } = (await answer.json()) as {
        rejected?: readonly unknown[];
        degraded?: boolean;
      };
      if (answer.status !== 200 || rejected.length > 0) return 'refused';
      this.answered += 1;
      if (degraded) this.degraded += 1;
      return degraded ? 'degraded' : 'taken';
    } catch {
      return 'refused';
    }
  }
}
