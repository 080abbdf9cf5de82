/** Does a process grow? Its memory, heap and descriptors over time, and the line through them. */
import { readdirSync } from 'node:fs';
import { rssBytes } from '../support/target.ts';

/** Allowed growth over the whole time: caches that fill, and a share of the size at the start. */
const ALLOWED = {
  rss_mb: { absolute: 16, share: 0.1 },
  heap_mb: { absolute: 8, share: 0.1 },
  descriptors: { absolute: 3, share: 0 },
};

type What = keyof typeof ALLOWED;
type Sample = { readonly at: number } & Record<What, number>;

export interface Figure {
  readonly median: number;
  /** Rise of the line from its first sample to its last. */
  readonly grown: number;
  readonly per_hour: number;
  readonly allowed: number;
}

export class Growth {
  readonly #samples: Sample[] = [];

  /** @param url of the process's server: its metrics give the heap */
  async sample(pid: number, url: string): Promise<void> {
    try {
      const metrics = await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(2_000) })).text();
      const heap = Number(/^nodejs_heap_size_used_bytes (\S+)$/m.exec(metrics)?.[1]);
      this.#samples.push({
        at: performance.now(),
        rss_mb: rssBytes(pid) / 2 ** 20,
        heap_mb: heap / 2 ** 20,
        descriptors: readdirSync(`/proc/${pid}/fd`).length,
      });
    } catch {
      // In the middle of a fault it need not answer.
    }
  }

  /** The newest sample in words, for the person who waits. */
  words(): string {
    const last = this.#samples.at(-1);
    return last === undefined ? '' : `, ${Math.round(last.rss_mb)} MB, ${last.descriptors} descriptors`;
  }

  outcome(): { readonly isFlat: boolean; readonly figures: Record<What, Figure> } {
    const figures = Object.fromEntries(
      (Object.keys(ALLOWED) as What[]).map((what) => [what, this.#figure(what)]),
    ) as Record<What, Figure>;
    return { isFlat: Object.values(figures).every(({ grown, allowed }) => grown <= allowed), figures };
  }

  #figure(what: What): Figure {
    const points = this.#samples.map((sample) => ({ x: sample.at, y: sample[what] }));
    const span = (points.at(-1)?.x ?? 0) - (points[0]?.x ?? 0);
    const slope = slopeOf(points);
    const median = points.map(({ y }) => y).toSorted((a, b) => a - b)[points.length >> 1] ?? Number.NaN;
    const { absolute, share } = ALLOWED[what];
    return {
      median: tenths(median),
      grown: tenths(slope * span),
      per_hour: tenths(slope * 3_600_000),
      allowed: tenths(absolute + share * median),
    };
  }
}

/**
 * Theil and Sen: the median of the slopes of all pairs. A garbage collection, or a moment with many sockets, hardly
 * moves it.
 */
function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const slopes = points.flatMap((a, n) =>
    points.slice(n + 1).map((b) => (b.y - a.y) / Math.max(1, b.x - a.x)),
  );
  return slopes.toSorted((a, b) => a - b)[slopes.length >> 1] ?? Number.NaN;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
