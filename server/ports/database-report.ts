/** PORT. How the database server is configured, as far as hostbeat depends on it. */

export interface DatabaseRemark {
  /** `wrong`: acknowledged commits may be lost, or hostbeat will stop working. */
  readonly verdict: 'wrong' | 'note';
  /** What was found, its value, and the fix. */
  readonly words: string;
}

export interface DatabaseReport {
  /** Name and version of the server. */
  readonly version: string;
  /** Wrong settings come first. */
  readonly remarks: readonly DatabaseRemark[];
}
