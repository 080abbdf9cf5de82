/** Why a database was not opened. Each reason has its own exit code on the command line. */
export type RefusalReason =
  | 'locked'
  | 'damaged'
  | 'newer'
  | 'foreign'
  | 'unreachable'
  | 'unsupported'
  | 'forbidden';

/**
 * The database was left as it was found. The message names it and says what to do; it is for the operator and never
 * goes to a client.
 */
export class DatabaseRefused extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DatabaseRefused';
    this.reason = reason;
  }
}
