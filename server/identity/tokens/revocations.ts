/** Announces changed rights at once to the parts that keep answers in memory. */

/** A part that is not named means all. */
export interface Touched {
  readonly userId?: string;
  readonly projectId?: string;
  /** Hashes of the only tokens that ended, where others of the user stay good. */
  readonly tokens?: readonly string[];
}

type Listener = (touched: Touched) => void;

export class Revocations {
  readonly #onEnded = new Set<Listener>();
  readonly #onChanged = new Set<Listener>();

  /** Hears of tokens that are worth nothing from now on. */
  onEnded(listener: Listener): () => void {
    this.#onEnded.add(listener);
    return () => this.#onEnded.delete(listener);
  }

  /** Hears of all that makes an answer kept in memory wrong. */
  onChanged(listener: Listener): () => void {
    this.#onChanged.add(listener);
    return () => this.#onChanged.delete(listener);
  }

  /** Rights were taken away. Caches are corrected before any listener is called. */
  ended(touched: Touched): void {
    this.changed(touched);
    for (const listener of [...this.#onEnded]) listener(touched);
  }

  /** Something was given: tokens stay good and are worth more. */
  changed(touched: Touched): void {
    for (const listener of [...this.#onChanged]) listener(touched);
  }
}

export function touches(
  touched: Touched,
  held: { readonly userId: string; readonly projectId: string | null },
): boolean {
  return (
    (touched.userId === undefined || touched.userId === held.userId) &&
    (touched.projectId === undefined || touched.projectId === held.projectId)
  );
}
