import type { CloseCode } from '../../../client-sdk/protocol/close-codes.ts';
import type { Identity } from '../../identity/identity.ts';

/** How far a client says it is with one subscription, and how far it was sent; for operators. */
export interface Acknowledged {
  readonly stream: string;
  readonly acked: number;
  readonly sent: number;
}

/** What the hub asks of a connection. */
export interface Connection {
  readonly id: string;
  /** Undefined until it is authenticated. */
  readonly identity: Identity | undefined;
  /** How many subscriptions it holds. */
  readonly subscriptions: number;
  acknowledged(): readonly Acknowledged[];
  drain(reconnectIn: [number, number]): void;
  close(close: CloseCode): void;
  terminate(): void;
  onPolicyChanged(): void;
  /** Tokens of this user, or of this project, may be void. */
  onRevoked(gone: { readonly userId?: string; readonly projectId?: string }): Promise<void>;
}

/** The connections there are, counted by project from the moment it is known. */
export class Connections {
  readonly #all = new Set<Connection>();
  readonly #perProject = new Map<string, number>();
  readonly #maxPerProject: number;
  #whenEmpty: (() => void)[] = [];

  constructor(maxPerProject: number) {
    this.#maxPerProject = maxPerProject;
  }

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#all.values();
  }

  add(connection: Connection): void {
    this.#all.add(connection);
  }

  /** @param projectId that of the place the connection had taken, if it had one */
  remove(connection: Connection, projectId: string | null | undefined): void {
    if (!this.#all.delete(connection)) return;
    if (typeof projectId === 'string') {
      const left = (this.#perProject.get(projectId) ?? 0) - 1;
      if (left > 0) this.#perProject.set(projectId, left);
      else this.#perProject.delete(projectId);
    }
    if (this.#all.size === 0) for (const then of this.#whenEmpty.splice(0)) then();
  }

  hasRoomFor(projectId: string | null): boolean {
    return projectId === null || (this.#perProject.get(projectId) ?? 0) < this.#maxPerProject;
  }

  /** Takes a place for the project; false if all are taken. */
  take(projectId: string | null): boolean {
    if (!this.hasRoomFor(projectId)) return false;
    if (projectId !== null) this.#perProject.set(projectId, (this.#perProject.get(projectId) ?? 0) + 1);
    return true;
  }

  /** Resolves when the last one is gone. */
  empty(): Promise<void> {
    if (this.#all.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenEmpty.push(resolve);
    });
  }
}
