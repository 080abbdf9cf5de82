/**
 * What a customer's program does, in words that every runtime has: asks, follows, waits for the failover, and says each
 * step. It ends when the host goes into maintenance.
 */
import {
  type ClientOptions,
  connect,
  failoverWhen,
  HostStatusMap,
  type WatchItem,
  watch,
} from '../../../client-sdk/src/index.ts';
import { Rest } from '../../../client-sdk/src/rest.ts';

/** The back-off is spread in other tests. */
const random = () => 0.1;

export interface Journey extends Pick<ClientOptions, 'transport' | 'WebSocket'> {
  readonly url: string;
  readonly token: string;
  readonly server: string;
}

export async function travel(
  { url, token, server, ...way }: Journey,
  say: (line: string) => void,
): Promise<void> {
  const asked = await new Rest({ url, token }).server(server);
  say(`asked: ${asked?.host_status}`);
  const client = connect({ url, token, random, acknowledge: true, ...way });
  // The host of this journey goes on reporting; that is waited for elsewhere.
  const lost = failoverWhen(new HostStatusMap(client), [server], { riskTwoPrimaries: true });
  await client.synced;
  for await (const item of watch({ url, token, random, ...way })) {
    say(brief(item));
    if (item.type !== 'change') continue;
    if (item.change.to === 'DOWN') say(`failover: ${(await lost).name}`);
    if (item.change.to === 'MAINTENANCE') break;
  }
  await client.close();
  say('end');
}

function brief(item: WatchItem): string {
  if (item.type === 'change') return `${item.change.name} ${item.change.from}>${item.change.to}`;
  return `${item.type}: ${item.servers.map(({ name, host_status }) => `${name} ${host_status}`)}`;
}
