/** Typed events, for every runtime of the SDK: Node's own emitter is not in browsers, EventTarget has no types. */
export class Emitter<Events extends Record<string, unknown>> {
  readonly #listeners = new Map<keyof Events, Set<(value: never) => void>>();

  /** @returns a function that removes the listener */
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // A function of its own, so that one listener registered twice is called twice and removed one at a time.
    const entry = (value: Events[Name]) => listener(value);
    listeners.add(entry);
    return () => listeners.delete(entry);
  }

  once<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => void {
    const off = this.on(name, (value) => {
      off();
      listener(value);
    });
    return off;
  }

  /**
   * Calls the listeners in order. One that throws disturbs neither the others nor the stream: its error becomes an
   * uncaught exception, as a bug of the application.
   */
  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(value as never);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
