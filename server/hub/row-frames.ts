import type { Cursor } from '../../client-sdk/protocol/cursor.ts';
import type { StreamKind } from '../../client-sdk/protocol/upstream.ts';
import type { Visibility } from '../identity/policy-port.ts';
import type { LogRow, StreamName } from '../store.ts';
import type { Prepare, Prepared } from './socket.ts';
import { type Item, isFiltered, isWhole, itemsIn, type View } from './view.ts';

/** Signs places of one stream. */
export interface Signer {
  cursorAt(seq: number, visibility: Visibility): Cursor;
}

/**
 * The frames one log row becomes: made when the first subscriber asks, then shared. Subscribers differ by the id they
 * chose, and nearly all clients choose the same one; so an owner's commit is encoded and framed once, however many
 * sockets follow. The log's own text is taken over unparsed, unless a subscriber is shown only part of it.
 */
export class RowFrames {
  readonly seq: number;
  readonly #row: LogRow;
  readonly #signer: Signer;
  readonly #prepare: Prepare;
  readonly #whole = new Map<string, Prepared>();
  #unknownOnly: Map<string, Prepared | undefined> | undefined;
  #items: readonly Item[] | undefined;

  constructor(row: LogRow, signer: Signer, prepare: Prepare) {
    this.seq = row.seq;
    this.#row = row;
    this.#signer = signer;
    this.#prepare = prepare;
  }

  /** Undefined where the view shows nothing of this row: the cursor moves on in silence. */
  for(id: string, view: View): Prepared | undefined {
    if (isWhole(view)) return this.#remembered(this.#whole, id, () => this.#frame(id, view, this.#row.items));
    if (isFiltered(view)) return this.#narrowed(id, view);
    this.#unknownOnly ??= new Map();
    return this.#remembered(this.#unknownOnly, id, () => this.#narrowed(id, view));
  }

  #remembered<T extends Prepared | undefined>(frames: Map<string, T>, id: string, make: () => T): T {
    const known = frames.get(id);
    if (known !== undefined || frames.has(id)) return known as T;
    const made = make();
    frames.set(id, made);
    return made;
  }

  #narrowed(id: string, view: View): Prepared | undefined {
    this.#items ??= JSON.parse(this.#row.items) as Item[];
    const items = itemsIn(view, this.#items);
    return items.length === 0 ? undefined : this.#frame(id, view, JSON.stringify(items));
  }

  #frame(id: string, { visibility }: View, items: string): Prepared {
    const cursor = this.#signer.cursorAt(this.seq, visibility);
    return this.#prepare(
      `{"type":"event","id":${JSON.stringify(id)},"stream":"${kindOf(this.#row.stream)}","cursor":"${cursor}","seq":${this.seq},"items":${items}}`,
    );
  }
}

export function kindOf(stream: StreamName): StreamKind {
  return stream === 'hosts' ? 'hosts' : 'project';
}
