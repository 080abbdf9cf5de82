/** A world with one client that follows its stream, while others attack. */
import * as assert from 'uvu/assert';
import { type StreamClient, StreamWorld } from '../stream-world.ts';
import { until } from '../within.ts';

export class Siege implements AsyncDisposable {
  readonly w: StreamWorld;
  readonly #bystander: StreamClient;
  /** Sockets that existed before, or that an earlier case left: each leak fails the case that made it. */
  #handles: number;
  #left = 0;
  #seq: number;

  private constructor(w: StreamWorld, bystander: StreamClient, seq: number) {
    this.w = w;
    this.#bystander = bystander;
    this.#seq = seq;
    this.#handles = sockets();
  }

  static async open(...options: Parameters<typeof StreamWorld.open>): Promise<Siege> {
    const w = await StreamWorld.open(...options);
    await w.service();
    await w.server({ projectId: 'p2' });
    const bystander = await w.follower('other');
    return new Siege(w, bystander, (await w.store.bounds('project:p2')).head);
  }

  get port(): number {
    return this.w.edge.port;
  }

  /** The bystander receives the next commit, at its place and once; all other clients are gone and forgotten. */
  async holds(what: string): Promise<void> {
    await this.goesOn();
    const isGone = () => this.w.hub.stats().connections <= 1 + this.#left && sockets() <= this.#handles;
    try {
      await until(
        () =>
          `everything of "${what}" to be gone: ${JSON.stringify(this.w.hub.stats())}, ${sockets()} sockets in place of ${this.#handles}`,
        isGone,
      );
    } finally {
      this.#left = this.w.hub.stats().connections - 1;
      this.#handles = Math.max(this.#handles, sockets());
    }
    if (this.#left > 0) return;
    assert.equal(this.w.hub.stats(), { connections: 1, authenticated: 1, subscriptions: 1, streams: 1 });
  }

  /** The first half of it, while the attack still runs. */
  async goesOn(): Promise<void> {
    this.#seq += 1;
    await this.w.change('c1', { live: this.#seq % 2 === 1 });
    assert.is((await this.#bystander.until('event')).seq, this.#seq);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.w.close();
  }
}

/** Network sockets of this process, both ends of each; 0 on a runtime that does not say. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
}
