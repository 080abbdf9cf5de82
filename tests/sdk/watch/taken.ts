/** Takes items of a watch one by one, and plays a server that is scripted connection by connection. */
import * as assert from 'uvu/assert';
import { type Watch, type WatchItem, watch } from '../../../client-sdk/src/index.ts';
import { within } from '../../support/within.ts';
import type { Peer, ScriptedServer } from '../support/scripted-server.ts';

export const random = () => 0;

export type Items = AsyncIterator<WatchItem>;

export async function take(items: Items): Promise<WatchItem> {
  const { value, done } = await within('an item', items.next());
  assert.not.ok(done, 'the watch ended');
  return value;
}

/** What an item says, short enough to read in a list. */
export function brief(item: WatchItem): string {
  if (item.type === 'change') return `${item.seq} ${item.change.server_id} ${item.change.to}`;
  const head = item.type === 'reset' ? `reset ${item.reason}` : item.type;
  return `${head}: ${item.servers.map((s) => s.server_id).join(' ')}`;
}

export async function takeAll(items: Items, count: number): Promise<string[]> {
  const all: string[] = [];
  while (all.length < count) all.push(brief(await take(items)));
  return all;
}

/** Answers each connection with the next of these; what they get is the cursor asked with. */
export function script(
  server: ScriptedServer,
  ...parts: ((peer: Peer, cursor: string | undefined) => void)[]
) {
  const cursors: (string | undefined)[] = [];
  server.onPeer = async (peer) => {
    const { cursor } = await peer.greet();
    cursors.push(cursor);
    parts.shift()?.(peer, cursor);
  };
  return cursors;
}

/** The network breaks a turn later, when it is on its way. */
export const sendAndCut =
  (...frames: Parameters<Peer['send']>) =>
  (peer: Peer): void => {
    peer.send(...frames);
    setImmediate(() => peer.cut());
  };

export const open = (server: ScriptedServer, options: object = {}): Watch =>
  watch({ url: server.url, token: 't', random, ...options });
