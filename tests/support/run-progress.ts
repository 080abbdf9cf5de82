/** Follows uvu's output, to know which test runs and whether all of a suite ran. */

const ANSI = new RegExp(`${String.fromCharCode(27)}\\[\\d*m`, 'g');

export class RunProgress {
  file = '';
  /** The files in which a test did not pass or did not run. */
  readonly failed = new Set<string>();
  /** Tests of a suite that did not pass or did not run. */
  missing = 0;
  #suite = '';
  #test = 0;
  #movedAt = performance.now();

  /** Call it with everything that is printed. */
  printed(text: string): void {
    this.#movedAt = performance.now();
    const plain = text.replace(ANSI, '');
    const file = /^(\S+\.test\.ts)\n$/.exec(plain)?.[1];
    const suite = /^ (.+?) {2}$/.exec(plain)?.[1];
    const [, done, all] = /\((\d+) \/ (\d+)\)/.exec(plain) ?? [];
    if (file !== undefined) this.file = file;
    if (plain === '• ' || plain === '✘ ') this.#test += 1;
    else if (suite !== undefined) {
      this.#suite = suite;
      this.#test = 0;
    }
    if (Number(done) < Number(all)) {
      this.missing += Number(all) - Number(done);
      this.failed.add(this.file);
    }
  }

  /** Whether this is what uvu prints when a test has failed. */
  isFailure(text: string): boolean {
    return text.replace(ANSI, '') === '✘ ';
  }

  /** The test that runs now, as far as it is known: uvu names a test only when it failed. */
  get where(): string {
    if (this.file === '') return 'before the first test';
    return `${this.file}: ${this.#suite}, test ${this.#test + 1}`;
  }

  get silentMs(): number {
    return performance.now() - this.#movedAt;
  }
}
