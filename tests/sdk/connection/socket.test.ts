/** One WebSocket, and what is asked for before it: a token. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readFrame } from '../../../client-sdk/src/connection/frame.ts';
import { ServerHealth } from '../../../client-sdk/src/connection/server-health.ts';
import { Socket, type WebSocketLike } from '../../../client-sdk/src/connection/socket.ts';
import { askToken } from '../../../client-sdk/src/connection/token.ts';
import { FakeClock } from '../../support/clock.ts';
import { ManualTimers } from '../../support/manual-timers.ts';

const test = suite('one socket');

type Fake = WebSocketLike & { readyState: number; closes: (number | undefined)[] };

function open(protocol = 'hostbeat.v1') {
  const timers = new ManualTimers(new FakeClock());
  const ended: string[] = [];
  let made: Fake | undefined;
  const Platform = function (this: Fake) {
    Object.assign(this, { readyState: 1, protocol, closes: [], send: () => undefined });
    this.close = (code) => void this.closes.push(code);
    made = this;
  };
  const socket = new Socket(
    Platform as never,
    'wss://a.example',
    [],
    {
      onOpen: () => undefined,
      onFrame: () => undefined,
      onClosed: (code, reason) => ended.push(`${code} ${reason}`),
    },
    timers.setTimer,
  );
  const fake = made as unknown as Fake;
  const closed = (event: object) => fake.onclose?.(event as never);
  return { socket, fake, timers, ended, closed };
}

test('a close without a code is a broken connection', () => {
  for (const event of [{}, { code: 0, reason: '' }]) {
    const { closed, ended } = open();
    closed(event);
    assert.equal(ended, ['1006 ']);
  }
});

test('the platform’s error is the reason of the close that follows it', () => {
  const { fake, closed, ended } = open();
  fake.onerror?.({ error: new Error('connect ECONNREFUSED') } as never);
  closed({ code: 1006 });
  assert.match(ended[0] ?? '', /^1006 .*ECONNREFUSED/);
});

test('a server that is not hostbeat refuses nothing for good', () => {
  const other = open('');
  other.closed({ code: 4403, reason: 'no' });
  assert.equal(other.ended, ['1006 4403 no, and not from hostbeat']);
  const ours = open();
  ours.closed({ code: 4403, reason: 'no' });
  assert.equal(ours.ended, ['4403 no']);
});

test('a socket that is given up reports nothing, and waits a second for its peer', async () => {
  const { socket, fake, timers, closed, ended } = open();
  const answered = socket.giveUp(1000);
  assert.equal([fake.closes, timers.waiting], [[1000], 1]);
  closed({ code: 1000 });
  await answered;
  assert.equal([ended, timers.waiting], [[], 0]);
  const silent = open();
  const late = silent.socket.giveUp(1000);
  silent.timers.advance(1_000);
  await late;
});

test('a socket that has closed already is not waited for', async () => {
  const { socket, fake, timers } = open();
  fake.readyState = 3;
  await socket.giveUp(1000);
  assert.equal([fake.closes, timers.waiting], [[], 0]);
});

test('a token is asked for within a time, and stripped of blanks', async () => {
  const timers = new ManualTimers(new FakeClock());
  const { setTimer } = timers;
  assert.is(await askToken(' fixed\n', 1_000, setTimer), 'fixed');
  assert.is(await askToken(async ({ refused }) => ` ${refused}\n`, 1_000, setTimer, true), 'true');
  assert.is(timers.waiting, 0);
  const never = askToken(() => new Promise(() => undefined), 1_000, setTimer).catch(
    (error: Error) => error.message,
  );
  timers.advance(1_000);
  assert.match(String(await never), /longer than 1000 ms/);
  const wrong = await askToken(() => null as never, 1_000, setTimer).catch((error: Error) => error.message);
  assert.match(String(wrong), /null in place of a text/);
  assert.is(timers.waiting, 0);
});

test('how well the server sees is unknown for words of a newer one, and after the end', () => {
  const timers = new ManualTimers(new FakeClock());
  const states: string[] = [];
  const health = new ServerHealth(timers.setTimer, (state) => states.push(state));
  health.onObserver('ok', 5_000);
  health.onObserver('squinting' as never, 5_000);
  health.onObserver('paused', 5_000);
  timers.advance(10_999);
  assert.is(health.state, 'paused');
  timers.advance(1);
  assert.equal(states, ['ok', 'unknown', 'paused', 'unknown']);
  health.onObserver('degraded', 5_000);
  health.close();
  assert.equal([states.at(-1), timers.waiting], ['unknown', 0]);
});

test('names that every object has are unknown types, and a window has an order', () => {
  for (const type of ['toString', 'constructor', '__proto__', 'newer'])
    assert.is(readFrame(`{"type":"${type}"}`), undefined);
  const drain = (window: string) => readFrame(`{"type":"drain","reconnect_in_ms":${window}}`);
  assert.ok(drain('[5,5]'));
  for (const window of ['[6,5]', '[1]', '[-1,5]', '[1,2,3]', '"1"'])
    assert.throws(() => drain(window), /damaged/);
});

test.run();
