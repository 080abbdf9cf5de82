/** The body of a large snapshot: made and sent piece by piece, as fast as its reader takes it. */

import type { TimeSlices } from '../../limits/time-slices.ts';
import { type Lists, nextOf } from '../../stream/snapshot.ts';

export interface SnapshotParts {
  readonly head: string;
  /** What is between `head` and `tail`, separated by commas. */
  readonly lists: Lists;
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

export function snapshotBody({ head, lists, tail, slices, key }: SnapshotParts): SnapshotBody {
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
        const put = (list: Uint8Array) => {
          controller.enqueue(encoder.encode(before));
          controller.enqueue(list);
          before = ',';
        };
        try {
          if (await slices.run(() => nextOf(lists, put), leaving.signal, key)) return;
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
