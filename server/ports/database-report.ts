/** PORT. How the database server is set up, as far as that matters here. */

export interface DatabaseRemark {
  /** `wrong`: what was acknowledged may be lost, or hostbeat will stand still. */
  readonly verdict: 'wrong' | 'note';
  /** What was found, its value, and the fix. */
  readonly words: string;
}

export interface DatabaseReport {
  /** Name and version of the server. */
  readonly version: string;
  /** What is wrong comes first. */
  readonly remarks: readonly DatabaseRemark[];
}
