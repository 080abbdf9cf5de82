/** A fault as data: a small exact edit of one file, beside the promise that it breaks. */
export interface Mutant {
  /** What no longer holds when the edit is made, as one sentence. Names the mutant; no two have the same. */
  readonly promise: string;
  readonly file: string;
  /** What is found, exactly once in the file, and what stands there instead. */
  readonly edits: readonly Edit[];
  /** Words of paths: the test files among which one must fail. Empty: only the simulation can notice. */
  readonly suites: readonly string[];
  /** For the faults that the simulation must notice by itself: by which guarantee, and within which seeds. */
  readonly sim?: SimulatedFault;
  /** Why nothing can notice it: the code behaves the same without it. */
  readonly equivalent?: string;
}

export type Edit = readonly [find: string, replace: string];

export interface SimulatedFault {
  readonly breaks: string;
  /** The first of the seeds, where few notice; 1 if not given. */
  readonly from?: number;
  readonly within: number;
}

/** @returns the source with all edits made. Throws where one does not apply exactly once or changes nothing. */
export function mutated(source: string, { promise, file, edits }: Mutant): string {
  let text = source;
  for (const [find, replace] of edits) {
    const parts = text.split(find);
    if (parts.length !== 2) {
      throw new Error(
        `mutant "${promise}": ${file} contains its text ${parts.length - 1} times instead of once: ${find}`,
      );
    }
    if (find === replace) throw new Error(`mutant "${promise}": an edit of ${file} changes nothing: ${find}`);
    text = parts.join(replace);
  }
  return text;
}

/** The folder of the code that a mutant belongs to, as the command line names it. */
export function folderOf({ file }: Mutant): string {
  const [top = '', second = ''] = file.split('/');
  if (top === 'db') return 'db';
  if (top === 'client-sdk') return 'client';
  return second.replace(/\.ts$/, '');
}
