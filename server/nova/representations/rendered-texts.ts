import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';

export interface Rendered<By> {
  readonly by: By;
  readonly hostStatus: HostStatus | undefined;
  readonly text: string;
}

/** What an entry takes beside its text, about. */
const OVERHEAD = 200;

/** Texts by the object they were made of, as long as that object lives and the bound on their bytes allows. */
export class RenderedTexts<Of extends WeakKey, By> {
  readonly #most: number;
  #young = new WeakMap<Of, Rendered<By>>();
  #old = new WeakMap<Of, Rendered<By>>();
  #bytes = 0;

  /** @param most bytes of texts that are kept at least, if as many are asked for; never more than twice that */
  constructor(most: number) {
    this.#most = most;
  }

  get(of: Of): Rendered<By> | undefined {
    const young = this.#young.get(of);
    if (young !== undefined) return young;
    const old = this.#old.get(of);
    if (old !== undefined) this.set(of, old);
    return old;
  }

  set(of: Of, rendered: Rendered<By>): void {
    const bytes = rendered.text.length + OVERHEAD;
    if (this.#bytes + bytes > this.#most) {
      this.#old = this.#young;
      this.#young = new WeakMap();
      this.#bytes = 0;
    }
    if (bytes > this.#most) return;
    this.#young.set(of, rendered);
    this.#bytes += bytes;
  }
}
