/** The body of a large snapshot: made and sent piece by piece, as fast as its reader takes it. */

import type { TimeSlices } from '../../limits/time-slices.ts';
import { nextText, type Texts } from '../../stream/snapshot.ts';

export interface SnapshotParts {
  readonly head: string;
  /** The texts between `head` and `tail`, separated by commas. */
  readonly texts: Texts;
  readonly tail: string;
  readonly slices: TimeSlices;
  /** The key whose share of the time it uses. */
  readonly key: unknown;
}

export interface SnapshotBody {
  readonly stream: ReadableStream<Uint8Array>;
  /** Resolves when everything is sent, or its reader has gone. */
  readonly over: Promise<void>;
  /** Ends it early. */
  end(): void;
}

export function snapshotBody({ head, texts, tail, slices, key }: SnapshotParts): SnapshotBody {
  const encoder = new TextEncoder();
  const leaving = new AbortController();
  let finish = () => {};
  const over = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let before = head;
  let broken: (error: Error) => void = () => undefined;
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        broken = (error) => controller.error(error);
      },
      async pull(controller) {
        const put = (text: string) => {
          controller.enqueue(encoder.encode(`${before}${text}`));
          before = ',';
        };
        try {
          if (await slices.run(() => nextText(texts, put), leaving.signal, key)) return;
          controller.enqueue(encoder.encode(tail));
          controller.close();
          finish();
        } catch (error) {
          finish();
          throw error;
        }
      },
      cancel() {
        leaving.abort();
        finish();
      },
    },
    { highWaterMark: 0 },
  );
  return {
    stream,
    over,
    end() {
      leaving.abort();
      broken(new Error('the snapshot was not read in time'));
      finish();
    },
  };
}
