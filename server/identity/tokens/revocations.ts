/** Announces changed rights at once to the parts that cache answers. */

/** A part that is not named means all. */
export interface Revocation {
  readonly userId?: string;
  readonly projectId?: string;
  /** Hashes of the only tokens that ended, where the user's other tokens stay valid. */
  readonly tokens?: readonly string[];
}

type Listener = (touched: Revocation) => void;

export class Revocations {
  readonly #onEnded = new Set<Listener>();
  readonly #onChanged = new Set<Listener>();

  /** Hears of tokens that end. */
  onEnded(listener: Listener): () => void {
    this.#onEnded.add(listener);
    return () => this.#onEnded.delete(listener);
  }

  /** Hears of every change that makes a cached answer wrong. */
  onChanged(listener: Listener): () => void {
    this.#onChanged.add(listener);
    return () => this.#onChanged.delete(listener);
  }

  /** Rights were taken away. Caches are corrected before any listener is called. */
  ended(touched: Revocation): void {
    this.changed(touched);
    for (const listener of [...this.#onEnded]) listener(touched);
  }

  /** Rights were given: tokens stay valid and give more. */
  changed(touched: Revocation): void {
    for (const listener of [...this.#onChanged]) listener(touched);
  }
}

export function touches(
  touched: Revocation,
  owner: { readonly userId: string; readonly projectId: string | null },
): boolean {
  return (
    (touched.userId === undefined || touched.userId === owner.userId) &&
    (touched.projectId === undefined || touched.projectId === owner.projectId)
  );
}
