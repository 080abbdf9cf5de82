/** The server connects to itself, to learn that it has accepted everything that came before. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { suite } from 'uvu';
import { OwnConnections } from '../../../server/runtime/connections/own-connection.ts';
import { until, within } from '../../support/within.ts';

const test = suite('own connections');

async function listening(): Promise<{
  server: Server;
  own: OwnConnections;
  connections: () => Promise<number>;
}> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = new OwnConnections(server, '0.0.0.0', (server.address() as AddressInfo).port);
  await within('the first own connection', own.begin());
  const connections = () => new Promise<number>((found) => server.getConnections((_, count) => found(count)));
  return { server, own, connections };
}

test('many looks at once each learn it, and leave no connection open', async () => {
  const { server, own, connections } = await listening();
  await within('all looks', Promise.all(Array.from({ length: 20 }, () => own.caughtUp())));
  await until('no connection', async () => (await connections()) === 0);
  server.close();
});

// Deno drops none.
('Deno' in globalThis ? test.skip : test)(
  'a connection that the server drops at its limit was accepted all the same',
  async () => {
    const { server, own } = await listening();
    server.maxConnections = 0;
    const dropped = once(server, 'drop');
    await within('a look', own.caughtUp());
    await within('a drop', dropped);
    server.close();
  },
);

test('nothing can arrive at a port that is closed', async () => {
  const { server, own } = await listening();
  server.close();
  await once(server, 'close');
  await within('a look', own.caughtUp());
});

test.run();
