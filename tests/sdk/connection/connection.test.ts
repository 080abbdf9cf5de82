/** Which frames a connection takes for its own, and which proof it sends again. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect } from '../../../client-sdk/src/index.ts';
import { within } from '../../support/within.ts';
import { change, event, snapshot, state, synced } from '../support/frames.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const test = suite('connection');

/** Resolves with the changes of the event with this seq, and has those of all events before it in `seen`. */
function events(client: ReturnType<typeof connect>) {
  const seen: string[] = [];
  const upTo = (seq: number) =>
    within(
      `seq ${seq}`,
      new Promise<void>((resolve) => {
        client.on('event', (item) => {
          seen.push(...item.changes.map((one) => ('server_id' in one ? one.server_id : one.service_id)));
          if (item.seq === seq) resolve();
        });
      }),
    );
  return { seen, upTo };
}

test('frames of another subscription are passed over', async () => {
  await using server = await ScriptedServer.open();
  await using client = connect({ url: server.url, token: 't', random: () => 0 });
  const { seen, upTo } = events(client);
  const second = upTo(2);
  const peer = await within('a connection', server.peer());
  await peer.greet();
  const other = (frame: object) => ({ ...frame, id: 'other' });
  peer.send(other(snapshot([state('foreign')])), snapshot([state('s1')]), other(synced(7)), synced(0));
  peer.send(other(event(1, [change('foreign', 'DOWN')])), event(1, [change('s1', 'UNKNOWN')]));
  peer.send(other({ type: 'error', code: 'forbidden', message: 'not yours' }));
  peer.send(event(2, [change('s1', 'UP', 'UNKNOWN')]));
  await second;
  assert.equal([seen, client.state], [['s1', 's1'], 'live']);
});

test('a ticket is used once: none is fetched for an open connection', async () => {
  await using server = await ScriptedServer.open();
  let fetched = 0;
  const token = () => `ticket-${++fetched}`;
  await using client = connect({ url: server.url, token, tokenIn: 'ticket', random: () => 0 });
  const { upTo } = events(client);
  const first = upTo(1);
  const peer = await within('a connection', server.peer());
  await peer.greet();
  peer.send(snapshot([state('s1')]), synced(0), { type: 'auth_expiring', in_ms: 60_000 }, event(1));
  await first;
  assert.is(fetched, 1);
});

test.run();
