/** The agent against a real server: what an operator sees of its comings and goings. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { watch } from '../../../client-sdk/src/index.ts';
import { login } from '../../support/http.ts';
import { hostbeat, startServer, temporaryFolder } from '../../support/process.ts';
import { signal } from '../signal.ts';
import { Arrivals } from './scripted-server.ts';

const test = suite('agent and server');

test('a host follows its agent: UP, UNKNOWN on goodbye or loss, patient over a restart', async () => {
  await using folder = await temporaryFolder();
  await using server = await startServer({
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/a.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_SERVICE_DOWN_TIME: '600',
    HOSTBEAT_RECONNECT_WINDOW: '200ms',
    HOSTBEAT_FLAP_DAMPING: 'false',
  });
  const { token } = await login(server.url, 'admin', 'pw', 'admin');
  const stop = new AbortController();
  const changes = new Arrivals<string>();
  const following = (async () => {
    for await (const item of watch({ url: server.url, token, stream: 'hosts', signal: stop.signal }))
      if (item.type === 'change') changes.push(`${item.change.host} ${item.change.to} ${item.change.cause}`);
  })();

  const start = () => {
    const child = hostbeat(['agent', '--host', 'c1', '--url', server.url], {
      HOSTBEAT_AGENT_TOKEN: '',
      HOSTBEAT_TOKEN: '',
      OS_TOKEN: '',
      OS_AUTH_URL: '',
      OS_USERNAME: 'admin',
      OS_PASSWORD: 'pw',
      OS_PROJECT_NAME: 'admin',
    });
    const gone = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
    return { child, gone };
  };

  const first = start();
  assert.is(await changes.next('the service'), 'c1 UP service_added');
  signal(first.child, 'SIGTERM');
  assert.is(await changes.next('the goodbye'), 'c1 UNKNOWN goodbye');
  assert.is(await first.gone, 0);

  const second = start();
  assert.is(await changes.next('the return'), 'c1 UP heartbeat');
  second.child.kill('SIGKILL');
  assert.is(await changes.next('the loss'), 'c1 UNKNOWN connection_lost');
  await second.gone;

  const third = start();
  assert.is(await changes.next('the return'), 'c1 UP heartbeat');
  signal(third.child, 'SIGHUP');
  assert.is(await third.gone, 0);
  const fourth = start();
  fourth.child.stderr?.setEncoding('utf8');
  for await (const text of fourth.child.stderr ?? []) if (String(text).includes('reporting')) break;
  signal(fourth.child, 'SIGTERM');
  assert.is(await changes.next('the next news'), 'c1 UNKNOWN goodbye', 'nothing was said of the restart');
  await fourth.gone;

  stop.abort();
  await following;
});

test.run();
