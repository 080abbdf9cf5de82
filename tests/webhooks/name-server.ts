import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** A name server that answers questions for A with this address, others with nothing, and names below `silent.` never. */
export async function aNameServer(address: readonly number[]) {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (question, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
      labels.push(question.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    const name = labels.join('.');
    const isA = question.readUInt16BE(at + 1) === 1;
    asked.push(`${isA ? 'A' : 'AAAA'} ${name}`);
    if (name.endsWith('silent')) return;
    const head = Buffer.from(question.subarray(0, 12));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(isA ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    const record = isA ? [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address] : [];
    socket.send(
      Buffer.concat([head, question.subarray(12, at + 5), Buffer.from(record)]),
      from.port,
      from.address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const server = `127.0.0.1:${(socket.address() as AddressInfo).port}`;
  return { server, asked, close: () => socket.close() };
}
