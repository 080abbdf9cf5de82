/**
 * Looks at every state that a model can reach, nearest first, so that the first fault found has a shortest way to it. States are
 * kept as their text: two that read the same are the same.
 */

export interface Step {
  /** What happens, for a reader of the trace. */
  readonly label: string;
  /** The state afterwards, as text; undefined where the model ends. */
  readonly to?: string;
  /** The promise that this step breaks. */
  readonly broken?: string;
}

export interface Model {
  readonly initial: string;
  readonly steps: (state: string) => readonly Step[];
}

export interface Checked {
  readonly states: number;
  readonly steps: number;
  /** Steps at which the model ended, by label. */
  readonly ends: ReadonlyMap<string, number>;
  /** The shortest way to a broken promise. */
  readonly trace?: readonly string[];
}

/** @param most more states than this are a fault of the model: it was not made small */
export function check({ initial, steps }: Model, most: number): Checked {
  const seen = new Set([initial]);
  const found = [initial];
  const from: number[] = [-1];
  const by: string[] = [''];
  const ends = new Map<string, number>();
  let taken = 0;

  const wayTo = (index: number): string[] => {
    const labels: string[] = [];
    for (let at = index; at > 0; at = from[at] as number) labels.push(by[at] as string);
    return labels.reverse();
  };

  for (let index = 0; index < found.length; index++) {
    for (const { label, to, broken } of steps(found[index] as string)) {
      taken += 1;
      if (broken !== undefined)
        return { states: found.length, steps: taken, ends, trace: [...wayTo(index), label, broken] };
      if (to === undefined) ends.set(label, (ends.get(label) ?? 0) + 1);
      else if (!seen.has(to)) {
        if (found.length >= most) throw new Error(`more than ${most} states`);
        seen.add(to);
        found.push(to);
        from.push(index);
        by.push(label);
      }
    }
  }
  return { states: found.length, steps: taken, ends };
}
