/** Reporters of many hosts, which go to the next node when one does not answer in time. */
import { setTimeout as sleep } from 'node:timers/promises';

const ANSWER_MS = 1_500;

export class Gateways {
  readonly #urls: () => readonly string[];
  readonly #token: string;
  readonly #interval: number;
  #stopped = false;
  readonly #running: Promise<void>[] = [];
  /** Reports that were answered, and moves to another node. */
  answered = 0;
  moves = 0;

  constructor(urls: () => readonly string[], token: string, interval: number) {
    this.#urls = urls;
    this.#token = token;
    this.#interval = interval;
  }

  start(count: number, hostsOf: (gateway: number) => readonly string[]): void {
    for (let n = 0; n < count; n++) this.#running.push(this.#go(n, hostsOf(n)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #go(gateway: number, hosts: readonly string[]): Promise<void> {
    const body = JSON.stringify({ reports: hosts.map((host) => ({ host, binary: 'nova-compute' })) });
    let at = gateway;
    await sleep((gateway * this.#interval) / 30);
    while (!this.#stopped) {
      const began = performance.now();
      for (let asked = 1; !this.#stopped; asked += 1) {
        const how = await this.#report(at, body);
        // A node that hears the report and cannot pass it on is left for another one, unless all are degraded.
        if (how === 'taken' || (how === 'degraded' && asked > this.#urls().length)) break;
        at += 1;
        this.moves += 1;
        await sleep(50);
      }
      await sleep(Math.max(0, this.#interval - (performance.now() - began)));
    }
  }

  async #report(at: number, body: string): Promise<'taken' | 'degraded' | 'refused'> {
    const urls = this.#urls();
    const url = urls[at % urls.length];
    try {
      const answer = await fetch(`${url}/v1/reports`, {
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
      return degraded ? 'degraded' : 'taken';
    } catch {
      return 'refused';
    }
  }
}
