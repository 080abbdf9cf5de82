/** The body of a large answer, encoded and sent a piece at a time: encoding it whole would delay all other requests. */

/** Characters of one piece. */
const PIECE = 1 << 17;

/** Is it large enough? */
export function isLargeList(texts: readonly string[]): boolean {
  let size = 0;
  for (const text of texts) size += text.length;
  return size > 2 * PIECE;
}

/** @param texts sent one after another, with nothing between them */
export function inPieces(texts: Iterable<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const rest = texts[Symbol.iterator]();
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        let piece = '';
        let next = rest.next();
        while (!next.done) {
          piece += next.value;
          if (piece.length >= PIECE) break;
          next = rest.next();
        }
        if (piece !== '') controller.enqueue(encoder.encode(piece));
        if (next.done) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** The members of a list, with commas between them, between `head` and `tail`. */
export function* listPieces(head: string, members: readonly string[], tail: string): Iterable<string> {
  yield head;
  for (const [n, member] of members.entries()) yield n === 0 ? member : `,${member}`;
  yield tail;
}
