/**
 * PostgreSQL as nodes see it: one lock in whose order transactions decide and commit, messages that arrive at every listener in
 * the order of their commits, and a row that says who leads. A transaction of a stopped process is undone after two seconds.
 */
import type { ServiceNews } from '../../../server/domain/decision.ts';
import { DomainError } from '../../../server/domain/errors.ts';
import type { Service } from '../../../server/domain/service.ts';
import type { Committed } from '../../../server/ports/committed.ts';
import type { LeaseRecord, NodeLink } from '../../../server/ports/node-link.ts';
import type { CommitPriority, ServiceDecide, Store } from '../../../server/ports/store.ts';
import type { Agenda, Random } from './agenda.ts';
import type { Machine } from './machine.ts';

export interface DatabaseWatch {
  /** A decision that changes a service is about to be committed by this node. */
  committed(node: number, news: ServiceNews, fence: number | undefined): void;
}

interface Listener {
  readonly machine: Machine;
  readonly hear: (message: string) => void;
  /** Messages that were sent while it is cut off are lost to it. */
  isCut: boolean;
  lastAt: number;
}

const LOCK_HELD_AT_MOST = 2_000;

export class Database {
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #watch: DatabaseWatch;
  readonly services = new Map<number, Service>();
  #lease: LeaseRecord = { holder: null, epoch: 0, beat: 0 };
  fence = 0;
  #queue: (() => void)[] = [];
  #isLocked = false;
  #lastCommit = 0;
  readonly #listeners = new Map<number, Listener>();
  readonly #tails = new Map<
    number,
    { machine: Machine; announce: (committed: Committed) => void; lastAt: number }
  >();
  readonly connected = new Set<number>();
  /** Everything takes this much longer. */
  slow = 0;
  ignoresFence = false;

  constructor(agenda: Agenda, random: Random, watch: DatabaseWatch) {
    this.#agenda = agenda;
    this.#random = random;
    this.#watch = watch;
  }

  get lease(): LeaseRecord {
    return this.#lease;
  }

  #delay(): number {
    return (
      this.slow + (this.#random.chance(0.05) ? this.#random.between(20, 200) : this.#random.between(0.2, 8))
    );
  }

  storeOf(node: number, machine: Machine): Store {
    const listeners = new Set<(committed: Committed) => void>();
    this.#tails.set(node, {
      machine,
      lastAt: 0,
      announce: (committed) => {
        for (const listener of listeners) listener(committed);
      },
    });
    const none = { head: 0, floor: 1, headEntry: 0, floorEntry: 0 };
    const nothing = { ...none, unknownOnly: none, entry: 1 };
    const part: Partial<Store> = {
      epoch: 'e',
      signingKey: new Uint8Array(32),
      services: async () => [...this.services.values()],
      bounds: async () => nothing,
      log: async () => [],
      trouble: () => undefined,
      writeLastSeen: async () => undefined,
      onCommit(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      updateService: (ref, decide, priority) =>
        this.#update(node, machine, ref as { id: number }, decide, priority),
    };
    return part as Store;
  }

  #update(
    node: number,
    machine: Machine,
    ref: { readonly id?: number; readonly host?: string },
    decide: ServiceDecide,
    { fence }: CommitPriority = {},
  ): Promise<Service | undefined> {
    return new Promise((resolve, reject) => {
      const refuse = () => {
        const error = new DomainError('unavailable', 'refused');
        machine.after(this.#delay(), () => reject(error));
      };
      const transaction = () => {
        let isOver = false;
        const end = () => {
          isOver = true;
          cancelUndo();
          this.#isLocked = false;
          this.#next();
        };
        const cancelUndo = this.#agenda.after(LOCK_HELD_AT_MOST, () => {
          refuse();
          end();
        });
        if (machine.isDead) return end();
        machine.after(this.#delay(), () => {
          if (isOver) return;
          if (fence !== undefined && fence !== this.fence && !this.ignoresFence) {
            refuse();
            return end();
          }
          const current = [...this.services.values()].find(({ id, host }) =>
            ref.host === undefined ? id === ref.id : host === ref.host,
          );
          const decision = decide(current, () => 0);
          const { service, news } = decision;
          if (news !== undefined && service !== current) this.#watch.committed(node, news, fence);
          // From here on the server has all of it.
          this.#agenda.after(this.#delay(), () => {
            if (service !== undefined && service !== current) {
              this.services.set(service.id, service);
              this.#announce(node, { rows: [], services: [service], removedServices: [] }, () =>
                resolve(service),
              );
            } else machine.after(this.#delay(), () => resolve(service));
            end();
          });
        });
      };
      machine.after(0, () => {
        this.#queue.push(transaction);
        this.#next();
      });
    });
  }

  #next(): void {
    if (this.#isLocked) return;
    const transaction = this.#queue.shift();
    if (transaction === undefined) return;
    this.#isLocked = true;
    transaction();
  }

  /** In order at each node; at the one that wrote it before it is answered. */
  #announce(writer: number, committed: Committed, answer: () => void): void {
    this.#lastCommit += 1;
    for (const [node, tail] of this.#tails) {
      const delay =
        node === writer ? this.#delay() : this.#random.between(1, this.#random.chance(0.1) ? 260 : 20);
      tail.lastAt = Math.max(tail.lastAt, this.#agenda.now + delay);
      tail.machine.after(tail.lastAt - this.#agenda.now, () => {
        tail.announce(committed);
        if (node === writer) answer();
      });
    }
  }

  get commits(): number {
    return this.#lastCommit;
  }

  linkOf(id: number, machine: Machine): NodeLink & { readonly faults: LinkFaults } {
    const faults: LinkFaults = { cannotSend: false, loseListening: () => undefined };
    this.connected.add(id);
    const answered = <T>(ask: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        if (faults.cannotSend) return void machine.after(1_000, () => reject(new Error('no answer')));
        machine.after(this.#delay(), () => {
          const value = ask();
          machine.after(this.#delay(), () => resolve(value));
        });
      });
    let begin = () => {};
    return {
      id,
      name: `node-${id}`,
      faults,
      send: (messages) =>
        new Promise((resolve, reject) => {
          const isLost = faults.cannotSend;
          const arrives = !isLost || this.#random.chance(0.2);
          machine.after(this.#delay(), () => {
            if (arrives) this.#notify(messages);
            if (isLost) machine.after(1_000, () => reject(new Error('no answer')));
            else machine.after(this.#delay(), resolve);
          });
        }),
      listen: (heard, begun) => {
        begin = () => {
          machine.after(this.#delay() + 5, () => {
            this.#listeners.set(id, { machine, hear: heard, isCut: false, lastAt: 0 });
            begun();
          });
        };
        faults.loseListening = (isNoticed, ms) => {
          const listener = this.#listeners.get(id);
          if (listener !== undefined) listener.isCut = true;
          if (isNoticed) machine.after(ms, begin);
        };
        begin();
      },
      listenAgain: () => begin(),
      lease: () => answered(() => this.#lease),
      beat: (epoch) =>
        answered(() => {
          if (this.#lease.holder !== id || this.#lease.epoch !== epoch) return false;
          this.#lease = { ...this.#lease, beat: this.#lease.beat + 1 };
          return true;
        }),
      take: (seen) =>
        new Promise((resolve) => {
          machine.after(this.#delay(), () => {
            this.#queue.push(() => {
              const { epoch, beat } = this.#lease;
              const isStill = epoch === seen.epoch && beat === seen.beat;
              if (isStill) {
                this.#lease = { holder: id, epoch: Math.max(epoch, this.fence) + 1, beat: 0 };
                this.fence = this.#lease.epoch;
              }
              const taken = isStill ? this.#lease.epoch : undefined;
              machine.after(this.#delay(), () => resolve(taken));
              this.#isLocked = false;
              this.#next();
            });
            this.#next();
          });
        }),
      release: (epoch) =>
        answered(() => {
          if (this.#lease.holder !== id || this.#lease.epoch !== epoch) return;
          this.#lease = { holder: null, epoch, beat: this.#lease.beat + 1 };
        }),
      isOnly: () => answered(() => this.connected.size === 1),
      nodes: async () => [],
      close: async () => this.disconnect(id),
    };
  }

  disconnect(id: number): void {
    this.connected.delete(id);
    this.#listeners.delete(id);
    this.#tails.delete(id);
  }

  #notify(messages: readonly string[]): void {
    for (const listener of this.#listeners.values()) {
      if (listener.isCut) continue;
      listener.lastAt = Math.max(listener.lastAt, this.#agenda.now + this.#delay());
      const { lastAt } = listener;
      listener.machine.after(lastAt - this.#agenda.now, () => {
        for (const message of messages) if (!listener.isCut) listener.hear(message);
      });
    }
  }
}

export interface LinkFaults {
  cannotSend: boolean;
  /** @param isNoticed the connection ends, and another one is made after `ms`; else it is silent until the node finds out */
  loseListening: (isNoticed: boolean, ms: number) => void;
}
