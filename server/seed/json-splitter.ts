/**
 * Splits a large JSON object, as its bytes arrive, into values that are each parsed at once: its members, and the
 * elements of a member that is a list. It looks only at brackets, commas and quotes; parsing decides whether a piece is
 * JSON.
 */

export interface JsonPiece {
  readonly key: string;
  /** Index in the list of this member; undefined: the piece is the whole member. */
  readonly index: number | undefined;
  /** Undefined: the list is empty so far. A repeated member replaces the earlier one. */
  readonly text: string | undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];
const MARK = '\uFEFF';

export class JsonSplitter {
  readonly #longest: number;
  /** Bytes of the piece that are in earlier chunks. */
  #before: Uint8Array[] = [];
  #size = 0;
  #depth = 0;
  #isInText = false;
  #isEscaped = false;
  #isOver = false;
  #key: string | undefined;
  #index: number | undefined;
  /** A list has ended: nothing may come between it and the next comma. */
  #isListOver = false;
  #members = 0;

  /** @param longest bytes of one piece */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** @throws SyntaxError; RangeError for a piece that is too large */
  *push(chunk: Uint8Array): Generator<JsonPiece> {
    let start = 0;
    const cut = (end: number): string => {
      const text = this.#textWith(chunk.subarray(start, end));
      start = end + 1;
      return text;
    };
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (this.#isInText) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isInText = false;
        continue;
      }
      if (byte > COLON && byte !== LIST && byte !== LIST_END && byte !== OBJECT && byte !== OBJECT_END)
        continue;
      const isList = this.#index !== undefined;
      const level = isList ? 2 : 1;
      switch (byte) {
        case QUOTE:
          this.#isInText = true;
          break;
        case LIST:
        case OBJECT:
          this.#depth++;
          if (this.#depth === 1) this.#begin(byte, cut(at));
          else if (this.#depth === 2 && !isList && byte === LIST && this.#key !== undefined) {
            blank(cut(at));
            this.#index = 0;
            yield { key: this.#key, index: undefined, text: undefined };
          }
          break;
        case COLON:
          if (this.#depth === 1 && this.#key === undefined) this.#key = keyOf(cut(at));
          break;
        case COMMA:
          if (this.#depth !== level) break;
          if (isList) yield this.#element(cut(at));
          else yield* this.#member(cut(at));
          break;
        case LIST_END:
        case OBJECT_END:
          if (this.#depth === 0 || (this.#depth === level && (byte === LIST_END) !== isList))
            throw unexpected(byte);
          if (this.#depth === level && isList) {
            const text = cut(at);
            if (this.#index !== 0 || text.trim() !== '') yield this.#element(text);
            this.#index = undefined;
            this.#isListOver = true;
          } else if (this.#depth === level) {
            const text = cut(at);
            if (this.#members > 0 || this.#key !== undefined || text.trim() !== '') yield* this.#member(text);
            this.#isOver = true;
          }
          this.#depth--;
          break;
      }
    }
    this.#keep(chunk.subarray(start));
  }

  /** @throws SyntaxError if the document is not complete */
  end(): void {
    const rest = this.#textWith(new Uint8Array());
    if (!this.#isOver)
      throw new SyntaxError(this.#depth === 0 ? 'it is not an object' : 'it ends in the middle');
    blank(rest);
  }

  #begin(byte: number, before: string): void {
    if (this.#isOver || byte !== OBJECT) throw unexpected(byte);
    blank(before.startsWith(MARK) ? before.slice(1) : before);
  }

  #element(text: string): JsonPiece {
    const index = this.#index ?? 0;
    this.#index = index + 1;
    return { key: this.#key ?? '', index, text };
  }

  *#member(text: string): Generator<JsonPiece> {
    const key = this.#key;
    if (key === undefined) throw new SyntaxError('a member has no name');
    this.#key = undefined;
    this.#members++;
    if (this.#isListOver) blank(text);
    else yield { key, index: undefined, text };
    this.#isListOver = false;
  }

  #keep(rest: Uint8Array): void {
    this.#size += rest.length;
    if (this.#size > this.#longest)
      throw new RangeError(`${this.#key ?? 'a part'} is larger than ${this.#longest} bytes`);
    if (rest.length > 0) this.#before.push(rest);
  }

  #textWith(rest: Uint8Array): string {
    this.#keep(rest);
    const bytes = this.#before.length === 1 ? (this.#before[0] as Uint8Array) : Buffer.concat(this.#before);
    this.#before = [];
    this.#size = 0;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  }
}

function keyOf(text: string): string {
  const key: unknown = JSON.parse(text);
  if (typeof key !== 'string') throw new SyntaxError('a name is not a text');
  return key;
}

/** @throws SyntaxError if there is text where none is allowed */
function blank(text: string): void {
  if (/[^ \t\r\n]/.test(text))
    throw new SyntaxError(`unexpected ${JSON.stringify(text.trim().slice(0, 20))}`);
}

function unexpected(byte: number): SyntaxError {
  return new SyntaxError(`unexpected "${String.fromCharCode(byte)}"`);
}
