/** A site of two hosts whose agents stop reporting, and a witness on a real socket that answers, hangs or is closed. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { login } from '../support/http.ts';
import { runHostbeat, startServer, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';

const test = suite('a witness of two hosts');

const HOSTS = ['c1', 'c2'];

/** Accepts every connection and never says a word. */
async function hangingWitness() {
  const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, witness: `tcp:127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function site(witness: string | undefined) {
  const folder = await temporaryFolder();
  const server = await startServer({
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/hostbeat.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_REPORT_INTERVAL: '0.5',
    HOSTBEAT_SERVICE_DOWN_TIME: '2',
    ...(witness === undefined ? {} : { HOSTBEAT_WITNESS: witness }),
  });
  const operator = await login(server.url, 'admin', 'pw', 'admin');
  const reports = HOSTS.map((host) => ({ host, binary: 'nova-compute' }));
  const answer = await operator.request('POST', '/v1/reports', { reports });
  assert.is(answer.status, 200);
  const seen = new Set<string>();
  return {
    url: server.url,
    token: operator.token,
    /** The words of `/readyz` about itself, from now until both hosts are silent. */
    async untilSilent(): Promise<ReadonlySet<string>> {
      await until('both hosts to be silent', async () => {
        const readyz = await operator.request('GET', '/readyz');
        seen.add(readyz.json.observer);
        const list = await operator.request('GET', '/v2.1/os-services');
        const services = list.json.services as readonly { readonly state: string }[];
        return services.every(({ state }) => state === 'down');
      });
      return seen;
    },
    /** What the explanation of each host says of the witness: as a word, and in its sentence. */
    async explained(words: RegExp): Promise<unknown[]> {
      const { json } = await operator.request('GET', '/v1/services');
      const uuids = (json.services as readonly { readonly uuid: string }[]).map(({ uuid }) => uuid);
      const found = uuids.map(async (uuid) => {
        const { json } = await operator.request('GET', `/v1/services/${uuid}/explain`);
        assert.match(json.verdict.text, words);
        return json.silence.witness;
      });
      return [...new Set(await Promise.all(found))];
    },
    async metric(name: string): Promise<number> {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return Number(new RegExp(`^hostbeat_${name} (\\S+)$`, 'm').exec(text)?.[1]);
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test('reachable, though it never says a word: committed without a doubt', async () => {
  const { server, witness } = await hangingWitness();
  await using s = await site(witness);
  await until('the first answer', async () => (await s.metric('witnesses_reachable')) === 1);
  assert.equal([...(await s.untilSilent())], ['ok']);
  assert.equal(await s.explained(/a witness outside was reachable/), ['reachable']);
  server.close();
});

test('not reachable: doubted, said, and committed within the hold', async () => {
  const { server, witness } = await hangingWitness();
  server.close();
  await once(server, 'close');
  await using s = await site(`${witness}, tcp:no-such-name.invalid:53`);
  assert.ok((await s.untilSilent()).has('degraded'));
  assert.equal(await s.explained(/no witness outside was reachable.*Doubtful/), ['unreachable']);
  assert.is(await s.metric('witnesses'), 2);
  assert.is(await s.metric('witnesses_reachable'), 0);
  const doctor = await runHostbeat(['doctor', '--url', s.url], { HOSTBEAT_TOKEN: s.token });
  assert.match(doctor.stdout, /witness +0 of 2 reachable/);
});

test('not configured: committed without a doubt, and the doctor recommends one', async () => {
  await using s = await site(undefined);
  assert.equal([...(await s.untilSilent())], ['ok']);
  assert.equal(await s.explained(/no witness is configured/), ['unset']);
  const doctor = await runHostbeat(['doctor', '--url', s.url], { HOSTBEAT_TOKEN: s.token });
  assert.match(doctor.stdout, /note +witness +none, on a site of two hosts.*HOSTBEAT_WITNESS/);
});

test.run();
