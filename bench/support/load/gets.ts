/** Sends the same few GETs over and over, one at a time on each connection, and counts answers. */
import { connect } from 'node:net';
import { now } from '../site.ts';
import { cpuSeconds } from '../target.ts';

export interface Answered {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds from a request's first byte to the last of its answer. */
  readonly latencies: readonly number[];
  /** Bytes of one answer, head included. */
  readonly bytes: number;
  /** Part of a core that the server and this process used: the one with 1 is what was measured. */
  readonly serverCore: number;
  readonly loadCore: number;
}

export interface Gets {
  readonly url: URL;
  readonly pid: number;
  /** Distributed over the connections. */
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');

export async function fireGets({ url, pid, paths, headers, connections, seconds }: Gets): Promise<Answered> {
  const lines = Object.entries({ Host: url.host, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const requests = paths.map((path) => Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`));
  // One buffer for all sockets: a buffer for each chunk would cost more than reading it.
  const shared = Buffer.allocUnsafe(256 * 1024);
  const latencies: number[] = [];
  let bytes = 0;
  let running = true;

  const clients = await Promise.all(
    Array.from({ length: connections }, async (_, n) => {
      let turn = n;
      let sent = 0;
      let left = 0;
      const send = () => {
        sent = now();
        socket.write(requests[turn % requests.length] ?? '');
        turn += connections;
      };
      const received = (length: number): boolean => {
        if (left === 0) left = bytes = answerLength(shared.subarray(0, length));
        left -= length;
        if (left > 0) return true;
        latencies.push(now() - sent);
        if (running) send();
        return true;
      };
      const { hostname: host, port } = url;
      const onread = { buffer: shared, callback: received };
      const socket = connect({ host, port: Number(port), noDelay: true, onread });
      await new Promise((open) => socket.once('connect', open));
      return { send, close: () => socket.destroy() };
    }),
  );
  const start = now();
  const [serverBefore, loadBefore] = [cpuSeconds(pid), cpuSeconds(process.pid)];
  for (const { send } of clients) send();
  await new Promise((then) => setTimeout(then, seconds * 1000));
  running = false;
  const elapsed = (now() - start) / 1000;
  const answered = [...latencies];
  const core = (id: number, before: number) => (cpuSeconds(id) - before) / elapsed;
  const [serverCore, loadCore] = [core(pid, serverBefore), core(process.pid, loadBefore)];
  for (const { close } of clients) close();
  return { requests: answered.length, seconds: elapsed, latencies: answered, bytes, serverCore, loadCore };
}

/** Length of head and body together. A head is shorter than one read. @throws Error for any status but 200 */
function answerLength(start: Buffer): number {
  const end = start.indexOf(HEAD_END);
  const head = start.toString('latin1', 0, end);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (!head.startsWith('HTTP/1.1 200') || length === undefined)
    throw new Error(start.toString('utf8', 0, 400));
  return end + HEAD_END.length + Number(length);
}
