/**
 * The same statements without hostbeat: what a store sent to PostgreSQL is recorded, transaction by transaction, and sent again
 * to a copy of the database by a driver that does nothing else.
 */
import pg from 'pg';

interface Statement {
  readonly text: string;
  readonly name?: string;
  readonly values?: unknown[];
  readonly rowMode?: 'array';
}

/** Statements that were sent together, before any of them was answered. */
type RoundTrip = Statement[];
export type Transaction = readonly RoundTrip[];

interface Sender {
  waiting: number;
  open: RoundTrip[] | undefined;
}

/** While `recording`, every transaction of every connection of this process. */
export class Recorder {
  recording = false;
  #transactions: Transaction[] = [];
  readonly #senders = new WeakMap<object, Sender>();

  constructor() {
    const recorder = this;
    const send = pg.Client.prototype.query as (this: pg.Client, ...args: unknown[]) => unknown;
    pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
      const answer = send.apply(this, args);
      if (recorder.recording) recorder.#sent(this, args[0] as Statement, answer as Promise<unknown>);
      return answer;
    } as typeof pg.Client.prototype.query;
  }

  take(): readonly Transaction[] {
    const taken = this.#transactions;
    this.#transactions = [];
    return taken;
  }

  #sent(client: pg.Client, statement: Statement, answer: Promise<unknown>): void {
    const sender = this.#senders.get(client) ?? { waiting: 0, open: undefined };
    this.#senders.set(client, sender);
    if (statement.text === 'BEGIN') sender.open = [];
    if (sender.open !== undefined) {
      if (sender.waiting === 0 || sender.open.length === 0) sender.open.push([]);
      sender.open.at(-1)?.push(statement);
      if (statement.text === 'COMMIT') this.#transactions.push(sender.open);
      if (statement.text === 'COMMIT' || statement.text === 'ROLLBACK') sender.open = undefined;
    }
    sender.waiting += 1;
    const answered = () => {
      sender.waiting -= 1;
    };
    answer.then(answered, answered);
  }
}

/** A connection that sends statements as hostbeat does, several without waiting. */
export async function bareClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, pipeline: true } as pg.ClientConfig);
  await client.connect();
  await client.query('SET search_path TO hostbeat');
  return client;
}

/** Milliseconds of each transaction. */
export async function replay(client: pg.Client, transactions: readonly Transaction[]): Promise<number[]> {
  const took: number[] = [];
  for (const transaction of transactions) {
    const began = performance.now();
    for (const statements of transaction) {
      await Promise.all(statements.map((statement) => client.query(statement)));
    }
    took.push(performance.now() - began);
  }
  return took;
}
