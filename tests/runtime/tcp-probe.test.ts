/** Probes of witnesses over real sockets: what each kind of address gives, and that every probe ends. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  anyReachable,
  type ProbeOutcome,
  type TcpProbeOptions,
  tcpProbe,
} from '../../server/runtime/tcp-probe.ts';
import { systemTimers } from '../../server/timers.ts';

const test = suite('tcp probe');

interface Probed {
  readonly isReachable: boolean;
  readonly outcomes: readonly ProbeOutcome[];
}

const ALWAYS = new AbortController().signal;
const nowhere: TcpProbeOptions['resolve'] = async () => {
  throw new Error('no such name');
};

function aProbe(given: Partial<TcpProbeOptions> & Pick<TcpProbeOptions, 'port'>) {
  const outcomes: ProbeOutcome[] = [];
  const probe = tcpProbe({
    host: '127.0.0.1',
    resolve: nowhere,
    timeout: 10_000,
    timers: systemTimers,
    monotonic: () => performance.now(),
    onOutcome: (outcome) => outcomes.push(outcome),
    ...given,
  });
  return { probe, outcomes };
}

async function probed(given: Parameters<typeof aProbe>[0]): Promise<Probed> {
  const { probe, outcomes } = aProbe(given);
  return { isReachable: await probe(ALWAYS), outcomes };
}

/** Accepts, and says nothing for ever. */
async function hanging(): Promise<{
  readonly server: Server;
  readonly port: number;
  readonly open: Set<Socket>;
}> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    socket.resume();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port, open };
}

async function closedPort(): Promise<number> {
  const { server, port } = await hanging();
  server.close();
  await once(server, 'close');
  return port;
}

/** Timers that fire when the test says so. */
function heldTimers() {
  const waiting: (() => void)[] = [];
  const timers: TcpProbeOptions['timers'] = {
    setTimer(then) {
      waiting.push(then);
      return () => {};
    },
    nextTurn: systemTimers.nextTurn,
  };
  const fire = () => {
    for (const then of waiting.splice(0)) then();
  };
  return { timers, fire };
}

test('a port that accepts and then hangs is reachable, and keeps no connection of ours', async () => {
  const { server, port } = await hanging();
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  assert.equal(await probed({ port }), { isReachable: true, outcomes: ['reachable'] });
  const [socket] = await accepted;
  if (!socket.closed) await once(socket, 'close');
  server.close();
  await once(server, 'close');
});

test('a port that nothing listens on is refused, not reachable', async () => {
  assert.equal(await probed({ port: await closedPort() }), { isReachable: false, outcomes: ['refused'] });
});

test('a name is looked up, and any of its addresses is enough', async () => {
  const { server, port } = await hanging();
  const resolve = async () => [{ address: '127.0.0.9' }, { address: '127.0.0.1' }];
  assert.ok((await probed({ host: 'gateway', port, resolve })).isReachable);
  server.close();
});

test('a name without an address is unresolved', async () => {
  assert.equal(await probed({ host: 'gateway', port: 53 }), { isReachable: false, outcomes: ['unresolved'] });
});

test('a name server that never answers does not keep the probe', async () => {
  const { timers, fire } = heldTimers();
  const { probe, outcomes } = aProbe({
    host: 'gateway',
    port: 53,
    timers,
    resolve: () => new Promise(() => {}),
  });
  const answer = probe(ALWAYS);
  fire();
  assert.not(await answer);
  assert.equal(outcomes, ['unresolved']);
});

test('a name that cannot be looked up now is probed where it was before', async () => {
  const { server, port } = await hanging();
  let isSilent = false;
  const resolve = async () => {
    if (isSilent) throw new Error('no answer');
    return [{ address: '127.0.0.1' }];
  };
  const { probe } = aProbe({ host: 'gateway', port, resolve });
  assert.ok(await probe(ALWAYS));
  isSilent = true;
  assert.ok(await probe(ALWAYS));
  server.close();
});

test('an address that answers nothing ends with the timeout', async () => {
  const { timers, fire } = heldTimers();
  // TEST-NET-1 (RFC 5737) is nowhere: it is dropped, or the network says that there is no way.
  const { probe, outcomes } = aProbe({ host: '192.0.2.1', port: 53, timers });
  const answer = probe(ALWAYS);
  fire();
  assert.not(await answer);
  assert.ok(['timeout', 'failed'].includes(outcomes[0] ?? ''), outcomes[0]);
});

test('a probe that is called while it runs is one probe', async () => {
  const { server, port } = await hanging();
  let connections = 0;
  server.on('connection', () => connections++);
  const { probe, outcomes } = aProbe({ port });
  assert.equal(await Promise.all([probe(ALWAYS), probe(ALWAYS), probe(ALWAYS)]), [true, true, true]);
  assert.equal(outcomes, ['reachable']);
  server.close();
});

test('a shutdown ends a probe at once, and it counts for nothing', async () => {
  const { timers } = heldTimers();
  const end = new AbortController();
  const { probe, outcomes } = aProbe({ host: '192.0.2.1', port: 53, timers });
  const answer = probe(end.signal);
  end.abort();
  assert.not(await answer);
  assert.equal(outcomes, []);
});

test('one reachable witness of several is enough, and is not kept waiting by the rest', async () => {
  assert.ok(await anyReachable([new Promise(() => {}), Promise.resolve(false), Promise.resolve(true)]));
  assert.not(await anyReachable([Promise.resolve(false), Promise.resolve(false)]));
});

test.run();
