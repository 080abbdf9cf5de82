/** Two sides that are measured in turn, so that what the machine does meanwhile meets both. */
import { median, round } from './report.ts';

/** What one pass of one side gave. */
export interface Pass {
  /** Work done in a second, or one by the time it took: more is better. */
  readonly rate: number;
  /** The same by a second of the server's processor time. */
  readonly perCpuSecond: number;
}

export interface Ratio {
  readonly ratio: number;
  /** On a machine with other programs on it, this one is still true. */
  readonly by_processor_time: number;
}

/** Our work a second as a part of theirs: medians of `passes`, after one that is not counted. */
export async function ratioOf(
  ours: () => Promise<Pass>,
  theirs: () => Promise<Pass>,
  passes: number,
): Promise<Ratio> {
  const sides = { ours: [] as Pass[], theirs: [] as Pass[] };
  for (let n = 0; n <= passes; n += 1) {
    const [own, other] = [await ours(), await theirs()];
    if (n === 0) continue;
    sides.ours.push(own);
    sides.theirs.push(other);
  }
  const part = (of: (pass: Pass) => number) =>
    round(median(sides.ours.map(of)) / median(sides.theirs.map(of)));
  return { ratio: part(({ rate }) => rate), by_processor_time: part(({ perCpuSecond }) => perCpuSecond) };
}
