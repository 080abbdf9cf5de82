import { request } from 'node:http';
import type { RightsCall } from './calls.ts';

/** The status of a WebSocket's handshake, 101 where it is taken. */
export function upgradeStatus(url: string, { path, socket }: RightsCall, token: string): Promise<number> {
  return new Promise((found, failed) => {
    const asked = request(url + path, {
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Protocol': socket,
        ...(token === '' ? {} : { 'X-Auth-Token': token }),
      },
    });
    asked.on('upgrade', (_answer, wire) => {
      wire.destroy();
      found(101);
    });
    asked.on('response', (answer) => {
      answer.destroy();
      found(answer.statusCode ?? 0);
    });
    asked.on('error', failed);
    asked.end();
  });
}
