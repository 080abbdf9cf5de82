import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports of outgoing connections: while a server is down, no other program takes its port by chance. */
const FIRST = 10_000;
const LAST = 30_000;

/** A free port, for a server that is to come back on the same one, or for none at all. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
