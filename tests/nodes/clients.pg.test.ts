/** Two nodes on one database, and an agent and a client that know both: the first is killed, and nobody notices. */
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect } from '../../client-sdk/src/index.ts';
import { login } from '../support/http.ts';
import { freshSchema, hasPostgres } from '../support/postgres/stores.ts';
import { hostbeat, startServer } from '../support/process.ts';
import { until } from '../support/within.ts';

const test = suite('clients of two nodes');

for (const whom of ['leader', 'follower'] as const)
  test(`the ${whom} is killed: no silence, no lost change, and the rest goes on at the other`, async () => {
    const schema = freshSchema();
    const env = {
      HOSTBEAT_DATABASE_URL: schema.url,
      HOSTBEAT_ADMIN_PASSWORD: 'pw',
      HOSTBEAT_REPORT_INTERVAL: '1s',
      // An agent that must log in on a busy machine may need some of it.
      HOSTBEAT_SERVICE_DOWN_TIME: '20s',
    };
    const nodes = [await startServer(env), await startServer(env)];
    const leads = await Promise.all(
      nodes.map(async ({ url }) => (await (await fetch(`${url}/readyz`)).json()).node.leads === true),
    );
    const killed = nodes[leads.indexOf(whom === 'leader')] ?? nodes[0];
    const other = nodes.find((node) => node !== killed);
    if (killed === undefined || other === undefined) throw new Error('there are two nodes');
    const urls = [killed.url, other.url];
    const { token } = await login(other.url, 'admin', 'pw', 'admin');
    const client = connect({ url: urls, token, stream: 'hosts' });
    let agent: ReturnType<typeof hostbeat> | undefined;
    const said: string[] = [];
    try {
      const seqs: number[] = [];
      const items: string[] = [];
      client.on('event', ({ seq, changes }) => {
        seqs.push(seq);
        for (const { host, to, kind } of changes) items.push(`${host} ${to ?? kind}`);
      });
      client.on('reset', () => items.push('reset'));
      await client.synced;
      // Not before: what it reports would be in the snapshot, and no event. On a busy machine it may give up a slow login at
      // the first node, and begin at the second.
      const begin = () => {
        agent?.kill('SIGKILL');
        said.length = 0;
        agent = hostbeat(['agent', '--host', 'c1', '--url', urls.join(',')], {
          ...{ OS_USERNAME: 'admin', OS_PASSWORD: 'pw', OS_PROJECT_NAME: 'admin', OS_AUTH_URL: '' },
          ...{ HOSTBEAT_AGENT_TOKEN: '', HOSTBEAT_TOKEN: '', OS_TOKEN: '' },
        });
        if (agent.stderr !== null)
          createInterface({ input: agent.stderr }).on('line', (line) => said.push(line));
      };
      begin();
      await until(
        () => `the agent, which says ${said.join(' | ')}`,
        () => {
          if (said.some((line) => line.includes(`to ${other.url}`))) begin();
          return said.some((line) => line.includes(`to ${killed.url}`));
        },
      );
      await until(
        () => `its service among ${items.join(', ')}`,
        () => items.includes('c1 UP'),
      );
      await killed.kill();
      await until(
        () => `the agent at the other, which says ${said.join(' | ')}`,
        () => said.some((line) => line.includes(`to ${other.url}`)),
      );
      await until('the client at the other', () => client.state === 'live' && client.url === other.url);
      await until('a leader', async () => {
        const answer = (await (await fetch(`${other.url}/readyz`)).json()) as { node: { leads: boolean } };
        return answer.node.leads;
      });
      const session = await login(other.url, 'admin', 'pw', 'admin');
      const { uuid } = (await session.request('GET', '/v1/services')).json.services[0];
      await session.request('PUT', `/v1/services/${uuid}`, { forced_down: true });
      await until('the DOWN', () => items.includes('c1 DOWN'));
      assert.equal(items, ['c1 UP', 'c1 DOWN'], 'and nothing between them');
      assert.is(seqs[1], (seqs[0] ?? 0) + 1);
    } finally {
      await client.close();
      agent?.kill('SIGKILL');
      for (const node of nodes) await node.kill();
      await schema.drop();
    }
  });

if (hasPostgres('clients of two nodes')) test.run();
