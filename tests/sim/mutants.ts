/** Guards that can be taken out of the code, one at a time, to see that the judge would notice. */
export interface Mutant {
  readonly name: string;
  /** The guarantee that falls with it. */
  readonly breaks: string;
  readonly file: string;
  /** What is found, once in the file, and what stands there instead. */
  readonly edits: readonly (readonly [find: string, replace: string])[];
  /** The first of the seeds among which at least one must fail, where few do; 1 if not given. */
  readonly from?: number;
  /** How many they are. */
  readonly within: number;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a silence is not looked at a second time',
    breaks: 'G5',
    file: 'server/liveness/sweep/sweep.ts',
    edits: [['return isOverdue(deadlines.deadline(slot), now);', 'return true;']],
    within: 300,
  },
  {
    name: 'a pause of ours is not taken out of the clock',
    breaks: 'G5',
    file: 'server/liveness/observer/observer-clock.ts',
    // Not taken for a pause at all, it would be waited for as a stall is.
    edits: [['if (pause > 0) {', 'if (pause > 1e9) {']],
    within: 300,
  },
  {
    name: 'after a restart nobody is granted a period',
    breaks: 'G5',
    file: 'server/liveness/services/load.ts',
    edits: [
      ['registry.add(service, now(),', 'registry.add(service, now() - registry.downTime(service),'],
      ['Math.max(registry.downTime(service), 2 * registry.reportInterval(service))', '0'],
    ],
    within: 300,
  },
  {
    name: 'what is going to be committed is told before',
    breaks: 'G1',
    file: 'db/sqlite/commit/commit-queue.ts',
    edits: [
      [
        'return committing.seal(gathering);',
        'const sealed = committing.seal(gathering); committing.announce(sealed); return sealed;',
      ],
    ],
    within: 300,
  },
  {
    name: 'what comes twice is not skipped by seq',
    breaks: 'G1',
    file: 'server/hub/delivery/subscriber.ts',
    edits: [
      ['|| frames.seq <= this.#seen) return;', ') return;'],
      [
        'if (frames.from <= this.#seen + 1 && this.#take(frames.after(this.#seen))) return;',
        'if (this.#take(frames)) return;',
      ],
    ],
    from: 300,
    within: 300,
  },
  {
    name: 'a subscriber is live before it has read up to the newest row',
    breaks: 'G1',
    file: 'server/hub/delivery/subscriber.ts',
    edits: [['if (this.#seen >= this.#newest) {', 'if (this.#seen >= 0) {']],
    within: 300,
  },
  {
    name: 'what a stall kept from being read is not waited for',
    breaks: 'G5',
    file: 'server/liveness/sweep/stall-grace.ts',
    edits: [['if (gap > ALLOWED)', 'if (gap > 1e9)']],
    within: 300,
  },
  {
    name: 'a mass is held for ever',
    breaks: 'G5',
    file: 'server/liveness/sweep/mass-silence.ts',
    edits: [['now < mass.heldUntil && this.#isDeaf', 'this.#isDeaf']],
    within: 300,
  },
  {
    name: 'a snapshot is taken for newer than it is',
    breaks: 'G2',
    file: 'server/hub/delivery/subscriber.ts',
    edits: [['this.#seen = snapshot.head;', 'this.#seen = Math.max(snapshot.head, this.#newest);']],
    within: 300,
  },
  {
    name: 'a change of the policy counts only for who comes after it',
    breaks: 'G3',
    file: 'server/hub/hub.ts',
    edits: [['connection.onPolicyChanged();', 'void connection;']],
    within: 300,
  },
  {
    name: 'whoever has a connection keeps it when his token is revoked',
    breaks: 'G3',
    file: 'server/hub/connection/session.ts',
    edits: [
      ['if (identity === undefined) this.close(CLOSE.forbidden);', 'if (identity === undefined) return;'],
    ],
    within: 300,
  },
  {
    name: 'who may see UNKNOWN only is told every change',
    breaks: 'G3',
    file: 'server/stream/view.ts',
    edits: [['if (!comesOrGoes && enters === leaves) return [];', '']],
    within: 300,
  },
  {
    name: 'what the disk refused is acknowledged',
    breaks: 'G4',
    file: 'db/sqlite/commit/commit-queue.ts',
    edits: [
      [
        'for (const command of batch) command.fail(unavailable(error));',
        'for (const command of batch) try { command.settle(); } catch { command.fail(unavailable(error)); }',
      ],
    ],
    within: 300,
  },
  {
    name: 'a report lifts DOWN',
    breaks: 'G6',
    file: 'server/domain/transition.ts',
    edits: [
      ['{ live: true, lastSeenUp: at, ...evidence }', '{ live: true, lastSeenUp: at, forcedDown: false }'],
    ],
    within: 300,
  },
  {
    name: 'what is committed is told a tenth of a second later',
    breaks: 'G6',
    file: 'server/stream/feed.ts',
    edits: [
      [
        'for (const row of rows) this.#followed.get(row.stream)?.arrived(row);',
        'for (const row of rows) options.setTimer(() => this.#followed.get(row.stream)?.arrived(row), 100);',
      ],
    ],
    within: 300,
  },
  {
    name: 'whoever reads slowly is written to all the same',
    breaks: 'G8',
    file: 'server/hub/delivery/outbox.ts',
    edits: [
      ['return this.#socket.bufferedAmount > this.#maxBacklog;', 'return false;'],
      ['return !this.#closed && this.#socket.bufferedAmount <=', 'return !this.#closed && 0 <='],
    ],
    within: 300,
  },
  {
    name: 'owners are not told of maintenance',
    breaks: 'G7',
    file: 'server/domain/fan-out.ts',
    edits: [['before.disabled !== after.disabled ||', '']],
    within: 300,
  },
];
