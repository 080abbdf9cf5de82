import { WebSocket } from 'ws';

export interface Synced {
  readonly how: string;
  readonly reason?: string;
  readonly cursor: string;
  readonly seq: number;
}

/** Subscribes to the operators' stream, with a cursor or without, and returns what `synced` says. */
export async function subscribed(url: string, token: string, cursor?: string): Promise<Synced> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, 'hostbeat.v1', {
    headers: { 'X-Auth-Token': token },
  });
  const subscribe = { type: 'subscribe', id: 's', stream: 'hosts', ...(cursor && { cursor }) };
  try {
    return await new Promise<Synced>((resolve, reject) => {
      socket.on('open', () => socket.send(JSON.stringify(subscribe)));
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data)) as { type: string } & Synced;
        if (frame.type === 'synced') resolve(frame);
        else if (frame.type === 'error') reject(new Error(String(data)));
      });
      socket.on('error', reject);
      socket.on('close', (code) => reject(new Error(`closed with ${code}`)));
    });
  } finally {
    socket.terminate();
  }
}
