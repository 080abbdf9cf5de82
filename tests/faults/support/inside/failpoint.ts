/**
 * Loaded into a server before anything else: ends it by SIGKILL at a named instant, the n-th time it comes there. It
 * works on the libraries the server stands on, so that the server itself has no code for it.
 */
import { Socket } from 'node:net';
import process from 'node:process';
import SqliteClient from 'better-sqlite3';

const [name, count] = (process.env.HOSTBEAT_TEST_FAILPOINT ?? ':').split(':');
let left = Number(count);

function reached(point: string): void {
  if (point !== name) return;
  left -= 1;
  if (left <= 0) process.kill(process.pid, 'SIGKILL');
}

const transaction = SqliteClient.prototype.transaction;
SqliteClient.prototype.transaction = function (
  this: SqliteClient.Database,
  work: (...given: unknown[]) => unknown,
) {
  const transact = transaction.call(this, (...given: unknown[]) => {
    reached('after-begin');
    const result = work(...given);
    reached('before-commit');
    return result;
  });
  const counted =
    (begin: (...given: unknown[]) => unknown) =>
    (...given: unknown[]) => {
      reached('before-begin');
      const result = begin(...given);
      reached('after-commit');
      return result;
    };
  return Object.assign(counted(transact), {
    default: counted(transact),
    deferred: counted(transact.deferred),
    immediate: counted(transact.immediate),
    exclusive: counted(transact.exclusive),
  });
} as never;

/** Every frame to a WebSocket leaves by its socket's write. */
const write = Socket.prototype.write;
Socket.prototype.write = function (this: InstanceType<typeof Socket>, ...given: unknown[]) {
  const [chunk] = given;
  const isEvent =
    chunk instanceof Uint8Array &&
    Buffer.from(chunk.buffer, chunk.byteOffset, Math.min(chunk.byteLength, 64)).includes('"event"');
  if (isEvent) reached('before-send');
  const result = (write as (...given: unknown[]) => boolean).apply(this, given);
  if (isEvent) reached('after-send');
  return result;
} as never;
