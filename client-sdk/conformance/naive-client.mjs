/**
 * A client as one would write it in an evening: it follows, and fails the cases that README.md lists. Do not copy it.
 */
import { realpathSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { print, setupFrom, tokenProvider } from './setup.mjs';

/** @returns a function that ends it */
export function follow(setup, say) {
  const token = tokenProvider(setup);
  let cursor = setup.cursor;
  let isOver = false;
  let socket;

  async function connect() {
    const secret = await token();
    const ticket = setup.tokenIn === 'ticket' ? [`ticket.${secret}`] : [];
    socket = new WebSocket(`${setup.url.replace('http', 'ws')}/v1/stream`, ['hostbeat.v1', ...ticket]);
    const send = (frame) => socket.send(JSON.stringify(frame));
    socket.onopen = () => send(ticket.length > 0 ? { type: 'hello' } : { type: 'hello', token: secret });
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.type === 'welcome') send({ type: 'subscribe', id: 'a', cursor });
      if (frame.type === 'welcome') say({ tracker: frame.observer });
      if (frame.type === 'health') say({ tracker: frame.observer });
      if (frame.type === 'snapshot') {
        const state = Object.fromEntries(frame.items.map((s) => [s.server_id, s.host_status]));
        say({ state, how: cursor === undefined ? 'snapshot' : 'reset' });
      }
      if (frame.type === 'event') {
        for (const { server_id, name, to } of frame.items) {
          say({ change: { server_id, name, to }, seq: frame.seq });
        }
      }
      if (frame.cursor !== undefined) {
        cursor = frame.cursor;
        say({ cursor });
      }
    };
    socket.onerror = () => {};
    // Accepts everything.
    socket.onclose = () => isOver || setTimeout(start, 3_000);
  }

  const start = () => connect().catch(() => {});
  start();
  return () => {
    isOver = true;
    socket?.close();
  };
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  follow(setupFrom(), print);
}
