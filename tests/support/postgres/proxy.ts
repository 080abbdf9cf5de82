/** A connection to PostgreSQL that can be cut, also at the one moment that matters. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface PostgresProxy {
  readonly port: number;
  /** The next COMMIT goes through, and its answer does not: the connection is cut instead. */
  swallowNextCommit(): void;
  cutAll(): void;
  /** Accepts no connection, and passes nothing on, until it is called with false. */
  shut(is: boolean): void;
  /** Drops what PostgreSQL sends on connections that listen; the others work. */
  mute(is: boolean): void;
  /** Everything that PostgreSQL answers comes this many milliseconds late. */
  slow(ms: number): void;
  /** Keeps back what PostgreSQL answers on the connections that read what other nodes commit; its end passes that on. */
  holdTail(is: boolean): void;
  /** What PostgreSQL answers on those connections comes this many milliseconds late. */
  slowTail(ms: number): void;
  /** Calls back once, when a writer was given the head row and does not know it yet. */
  onHeadTaken(then: () => void): void;
  /** Drops everything in both directions, while connections stay open and new ones are accepted. Its end cuts them. */
  blackHole(is: boolean): void;
  close(): Promise<void>;
}

/** As a query, and as the tag of its answer. */
const COMMIT = Buffer.from('COMMIT\0');
const LISTEN = Buffer.from('LISTEN ');
/** How a connection that reads what other nodes commit ends its name. */
const TAIL = Buffer.from("/tail'");
/** The name of the statement that takes the head row. */
const TAKE_HEAD = Buffer.from('take head');

export async function startProxy(target: number): Promise<PostgresProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let swallow = false;
  let isShut = false;
  let isMute = false;
  let isHole = false;
  let lateBy = 0;
  let tailLateBy = 0;
  /** What is kept back of the tails, oldest first; undefined while nothing is. */
  let kept: (() => void)[] | undefined;
  let headTaken: (() => void) | undefined;
  const server = createServer((client) => {
    client.on('error', () => undefined);
    if (isShut) return void client.destroy();
    const upstream = connect(target, '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    let isCut = false;
    let listens = false;
    let isTail = false;
    let takesHead = false;
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    client.on('data', (data: Buffer) => {
      if (isHole) return;
      if (data.includes(LISTEN)) listens = true;
      if (data.includes(TAIL)) isTail = true;
      if (headTaken !== undefined && data.includes(TAKE_HEAD)) takesHead = true;
      upstream.write(data);
      if (!swallow || !data.includes(COMMIT)) return;
      swallow = false;
      isCut = true;
    });
    upstream.on('data', (data: Buffer) => {
      if (isHole || (isMute && listens)) return;
      if (takesHead) {
        takesHead = false;
        headTaken?.();
        headTaken = undefined;
      }
      const late = Math.max(lateBy, isTail ? tailLateBy : 0);
      if (isTail && kept !== undefined) kept.push(() => client.write(data));
      else if (!isCut && late > 0) setTimeout(() => client.write(data), late);
      else if (!isCut) client.write(data);
      // The tag of its answer: it is committed, and the client does not learn it.
      else if (data.includes(COMMIT)) end();
    });
    for (const socket of pair) socket.on('close', end).on('error', end);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cutAll = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    swallowNextCommit() {
      swallow = true;
    },
    cutAll,
    mute(is) {
      isMute = is;
    },
    slow(ms) {
      lateBy = ms;
    },
    holdTail(is) {
      for (const pass of kept ?? []) pass();
      kept = is ? [] : undefined;
    },
    slowTail(ms) {
      tailLateBy = ms;
    },
    onHeadTaken(then) {
      headTaken = then;
    },
    blackHole(is) {
      isHole = is;
      // The streams have holes now.
      if (!is) cutAll();
    },
    shut(is) {
      isShut = is;
      if (is) cutAll();
    },
    async close() {
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}
