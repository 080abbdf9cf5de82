/** Measures two sides in turn, so that the machine's other load affects both. */
import { median, round } from './report.ts';

/** The result of one pass of one side. */
export interface Pass {
  /** Work per second, or one divided by its time: more is better. */
  readonly rate: number;
  /** The same per second of the server's processor time. */
  readonly perCpuSecond: number;
}

export interface Ratio {
  readonly ratio: number;
  /** On a machine with other programs, this figure still holds. */
  readonly by_processor_time: number;
}

/** Our work per second divided by theirs: medians of `passes`, after some that are not counted. */
export async function ratioOf(
  ours: () => Promise<Pass>,
  theirs: () => Promise<Pass>,
  passes: number,
  uncounted = 1,
): Promise<Ratio> {
  const sides = { ours: [] as Pass[], theirs: [] as Pass[] };
  for (let n = 0; n < uncounted + passes; n += 1) {
    const [own, other] = [await ours(), await theirs()];
    if (n < uncounted) continue;
    sides.ours.push(own);
    sides.theirs.push(other);
  }
  const part = (of: (pass: Pass) => number) =>
    round(median(sides.ours.map(of)) / median(sides.theirs.map(of)));
  return { ratio: part(({ rate }) => rate), by_processor_time: part(({ perCpuSecond }) => perCpuSecond) };
}
