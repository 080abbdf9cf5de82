import * as assert from 'uvu/assert';
import type { CloseCode } from '../../../client-sdk/protocol/close-codes.ts';
import type { HubSettings } from '../../../server/hub/connection/context.ts';
import { type StreamClient, StreamWorld } from '../../support/stream-world.ts';
import { within } from '../../support/within.ts';

export async function world(worlds: StreamWorld[], settings?: Partial<HubSettings>): Promise<StreamWorld> {
  const it = await StreamWorld.open(settings);
  worlds.push(it);
  return it;
}

export async function closesWith(client: StreamClient, close: CloseCode): Promise<void> {
  assert.equal(await within(`close ${close.code}`, client.closed), {
    code: close.code,
    reason: close.reason,
  });
}
