/**
 * Loaded into a server before anything else: measures the longest turn of its event loop, in processor time of its main
 * thread, so that other programs on the machine do not count. It measures while a client is connected to the socket
 * that HOSTBEAT_BENCH_TURNS names; when that client ends its side, it gets the figure.
 */
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

const path = process.env.HOSTBEAT_BENCH_TURNS;
if (path !== undefined && isMainThread) serve(path);

function serve(path: string): void {
  rmSync(path, { force: true });
  createServer({ allowHalfOpen: true }, (socket) => {
    let longest = 0;
    let before = spent();
    let isOver = false;
    const turn = () => {
      const now = spent();
      longest = Math.max(longest, now - before);
      before = now;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    socket.write('measuring');
    socket.resume().on('end', () => {
      isOver = true;
      socket.end(` ${longest}`);
    });
  })
    .listen(path)
    .unref();
}

function spent(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** Begins to measure the server that was started with this path. Returns a function that ends it. */
export async function measureTurns(path: string): Promise<() => Promise<number>> {
  const socket = connect(path).setEncoding('utf8');
  let text = '';
  const over = new Promise<number>((resolve, reject) => {
    socket.on('error', reject).on('end', () => resolve(Number(text.split(' ')[1])));
  });
  await new Promise<void>((resolve) => {
    socket.on('data', (some) => {
      text += some;
      resolve();
    });
  });
  return () => {
    socket.end();
    return over;
  };
}
