/** Gives unused pages back to the disk, a few at a time. */
import type { Client } from '../client.ts';

/** Pages that one step moves or cuts off: a few milliseconds. */
const STEP = 128;
/** A file in use needs some free pages: pages that are given back are soon needed again. */
const KEPT_PAGES = 256;
const KEPT_SHARE = 0.1;

/** How SQLite encodes `auto_vacuum`; INCREMENTAL: pages are given back on request. */
const INCREMENTAL = 2;
/** Up to this size a start rewrites the file of an earlier hostbeat, once. */
const REWRITTEN_BYTES = 32 * 2 ** 20;

export class FreeSpace {
  readonly #client: Client;
  /** It begins at twice the reserve and ends at the reserve, so that it does not run for every few rows. */
  #isUnderWay = false;

  constructor(client: Client) {
    this.#client = client;
  }

  /** One step, in a transaction of its own or of the caller's. @returns whether there is more to do */
  reclaim(): boolean {
    if (number(this.#client, 'auto_vacuum') !== INCREMENTAL) return false;
    const free = number(this.#client, 'freelist_count');
    const kept = Math.max(KEPT_PAGES, Math.floor(KEPT_SHARE * number(this.#client, 'page_count')));
    if (free <= (this.#isUnderWay ? kept : 2 * kept)) {
      this.#isUnderWay = false;
      return false;
    }
    this.#client.pragma(`incremental_vacuum(${Math.min(STEP, free - kept)})`);
    this.#isUnderWay = free - STEP > kept;
    return this.#isUnderWay;
  }
}

/**
 * A file of an earlier hostbeat cannot give space back until it is rewritten: a small one at once, a large one by
 * `hostbeat backup` and `restore`. Where the disk has too little free space the file stays as it is.
 */
export function prepareFreeSpace(client: Client, upToBytes = REWRITTEN_BYTES): void {
  if (number(client, 'auto_vacuum') === INCREMENTAL) return;
  if (number(client, 'page_count') * number(client, 'page_size') > upToBytes) return;
  try {
    client.pragma('auto_vacuum = INCREMENTAL');
    client.exec('VACUUM');
  } catch {
    // The next start tries again.
  }
}

function number(client: Client, pragma: string): number {
  return client.pragma(pragma, { simple: true }) as number;
}
