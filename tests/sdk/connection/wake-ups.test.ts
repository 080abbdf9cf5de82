import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Endpoints } from '../../../client-sdk/src/connection/endpoints.ts';
import { RetryTimer } from '../../../client-sdk/src/connection/retry-timer.ts';
import { type ClientOptions, connect, type SetTimer } from '../../../client-sdk/src/index.ts';
import { realTimer } from '../../../client-sdk/src/support/timeout.ts';
import { within } from '../../support/within.ts';
import { snapshot, state, synced } from '../support/frames.ts';
import { type Peer, ScriptedServer } from '../support/scripted-server.ts';

const test = suite('wake-ups');

/** What a probe may take, made short. */
const hurried: SetTimer = (run, ms) => realTimer(run, ms === 5_000 ? 20 : ms);

/** A client that is live, and the hand that wakes it. */
async function live(server: ScriptedServer, more: Partial<ClientOptions> = {}) {
  let wake: (online: boolean) => void = () => {};
  const client = connect({
    url: server.url,
    token: 't',
    random: () => 0,
    wakeUps: (given) => {
      wake = given;
      return () => {
        wake = () => {
          throw new Error('woken after it was closed');
        };
      };
    },
    ...more,
  });
  const peer = await serve(server);
  await within('synced', client.synced);
  return { client, peer, wake: (online: boolean) => wake(online) };
}

async function serve(server: ScriptedServer): Promise<Peer> {
  const peer = await within('a connection', server.peer());
  await peer.greet();
  peer.send(snapshot([state('s1')]), synced(0));
  return peer;
}

test('a connected client checks whether the server is there, and stays if it is', async () => {
  await using server = await ScriptedServer.open();
  const { client, peer, wake } = await live(server);
  for (const online of [false, true]) {
    wake(online);
    await within('a ping', peer.frame('ping'));
    peer.send({ type: 'pong' });
  }
  assert.is(client.state, 'live');
  await client.close();
});

test('if no answer comes it takes the connection for dead and makes another', async () => {
  await using server = await ScriptedServer.open();
  const { client, wake } = await live(server, { setTimer: hurried });
  const lost = new Promise<string>((resolve) => client.on('error', ({ name }) => resolve(name)));
  wake(false);
  assert.is(await within('the loss', lost), 'SilenceError');
  await serve(server);
  await client.close();
});

/** A retry timer after so many losses, on a clock that stands. */
function waiting(losses: number, random = () => 1) {
  const waits: number[] = [];
  const setTimer: SetTimer = (_, ms) => {
    waits.push(ms);
    return () => {};
  };
  const endpoints = new Endpoints(['http://a'], random);
  const timer = new RetryTimer({ random, now: () => 0, setTimer }, endpoints, () => {});
  for (let n = 0; n < losses; n += 1) timer.onLost(false, false);
  timer.start();
  return { timer, waits };
}

test('a waiting client tries soon when the network is back, never later than planned', () => {
  const long = waiting(9);
  long.timer.hasten();
  assert.equal(long.waits, [30_000, 2_000]);
  const short = waiting(2);
  short.timer.hasten();
  assert.equal(short.waits, [500]);
});

test('a timer that is not waiting is not made to try', () => {
  const { timer, waits } = waiting(9);
  timer.cancel();
  timer.hasten();
  assert.equal(waits, [30_000]);
});

test('a timer beyond what platforms count does not fire at once', async () => {
  let fired = false;
  const cancel = realTimer(() => {
    fired = true;
  }, 2 ** 31);
  // One that overflowed would be a timer of one millisecond, which fires before this one.
  await new Promise<void>((resolve) => void setTimeout(resolve, 2));
  cancel();
  assert.not(fired);
});

test.run();
