/** Guards that can be taken out of the code, one at a time, to see that the judge would notice. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** What is found, once in the file, and what stands there instead. */
  readonly edits: readonly (readonly [find: string, replace: string])[];
  /** Seeds among which at least one must fail. */
  readonly within: number;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a silence is not looked at a second time',
    file: 'server/liveness/sweep.ts',
    edits: [['return isOverdue(deadlines.deadline(slot), now);', 'return true;']],
    within: 100,
  },
  {
    name: 'a pause of ours is not taken out of the clock',
    file: 'server/liveness/observer-clock.ts',
    edits: [['const pause = gap > this.#longestGap() ? gap : 0;', 'const pause = 0;']],
    within: 100,
  },
  {
    name: 'after a restart nobody is granted a period',
    file: 'server/liveness/boot.ts',
    edits: [
      ['roster.add(service, now(),', 'roster.add(service, now() - roster.downTime(service),'],
      ['Math.max(roster.downTime(service), 2 * roster.reportInterval(service))', '0'],
    ],
    within: 100,
  },
  {
    name: 'what is going to be committed is told before',
    file: 'db/sqlite/commit-queue.ts',
    edits: [
      [
        'return committing.seal(gathering);',
        'const sealed = committing.seal(gathering); committing.announce(sealed); return sealed;',
      ],
    ],
    within: 100,
  },
  {
    name: 'what comes twice is not skipped by seq',
    file: 'server/hub/subscriber.ts',
    edits: [
      ['|| frames.seq <= this.#seen) return;', ') return;'],
      ['if (frames.seq === this.#seen + 1 && this.#take(frames)) return;', 'if (this.#take(frames)) return;'],
    ],
    within: 100,
  },
  {
    name: 'a subscriber is live before it has read up to the newest row',
    file: 'server/hub/subscriber.ts',
    edits: [['if (this.#seen >= this.#newest) {', 'if (this.#seen >= 0) {']],
    within: 100,
  },
];
