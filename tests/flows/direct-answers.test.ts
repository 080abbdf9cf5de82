/** Hot requests are answered without the web's objects, where nothing about them is unusual: nobody may notice. */
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { login, type Session } from '../support/http.ts';
import { type ServerProcess, startServer } from '../support/process.ts';

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string;
}

const test = suite<{ server: ServerProcess; admin: Session; id: string }>('direct answers', {} as never);

test.before(async (context) => {
  context.server = await startServer({
    HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
  });
  context.admin = await login(context.server.url, 'admin', 'pw', 'admin');
  context.id = randomUUID();
  const { json } = await context.admin.request('GET', '/identity/v3/projects');
  await context.admin.request('POST', '/v1/reports', { reports: [{ host: 'c1' }] });
  const place = { project_id: json.projects[0].id, name: 'déjà vu', host: 'c1' };
  assert.is((await context.admin.request('PUT', `/v1/instances/${context.id}`, place)).status, 201);
});
test.after(async ({ server }) => void (await server.stop()));

/** As a client sends it: `Host` is left as it is written. */
async function answered(
  { url }: ServerProcess,
  host: string,
  { method = 'GET', path, headers, body }: Asked,
) {
  return new Promise<object>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    const options = { hostname, port, method, path, setHost: false, agent: false } as const;
    const asked = request({ ...options, headers: { Host: host, ...length, ...headers } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      answer.on('end', () => {
        const { date, 'content-length': length, ...kept } = answer.headers;
        assert.is(length, String(Buffer.byteLength(text)));
        const ids = /^x-(compute|openstack)-request-id$/;
        const named = Object.entries(kept).map(([name, value]) => [name, ids.test(name) ? 'an id' : value]);
        // When to report next depends on the time.
        const body = text.replace(/"interval_hint_ms":\d+/, '"interval_hint_ms":0');
        resolve({ status: answer.statusCode, headers: Object.fromEntries(named.sort()), body });
      });
    });
    asked.on('error', reject).end(body);
  });
}

const REPORT = JSON.stringify({ reports: [{ host: 'c1', binary: 'nova-compute' }] });
const post = (body: string, headers: Asked['headers'] = {}): Asked => ({
  method: 'POST',
  path: '/v1/reports',
  headers: { 'Content-Type': 'application/json', ...headers },
  body,
});

const CASES: Readonly<Record<string, (token: string, id: string) => Asked>> = {
  'a server': (token, id) => ({
    path: `/v2.1/servers/${id}`,
    headers: { 'X-Auth-Token': token, 'OpenStack-API-Version': 'compute 2.16' },
  }),
  'a server for a client of another media type': (token, id) => ({
    path: `/v2.1/servers/${id}`,
    headers: { 'X-Auth-Token': token, Accept: 'application/vnd.openstack.compute+json' },
  }),
  'a version that there is not': (token, id) => ({
    path: `/v2.1/servers/${id}`,
    headers: { 'X-Auth-Token': token, 'OpenStack-API-Version': 'compute 2.999' },
  }),
  'a server that there is not': (token) => ({
    path: `/v2.1/servers/00000000-0000-4000-8000-000000000000`,
    headers: { 'X-Auth-Token': token },
  }),
  'a server without a token': (_, id) => ({ path: `/v2.1/servers/${id}` }),
  'a server with a bearer token, which this API does not read': (token, id) => ({
    path: `/v2.1/servers/${id}`,
    headers: { Authorization: `Bearer ${token}` },
  }),
  'a report': (token) => post(REPORT, { 'X-Auth-Token': token }),
  'a report with a bearer token': (token) => post(REPORT, { Authorization: `Bearer ${token}` }),
  'a report with two bearer tokens': (token) =>
    post(REPORT, { Authorization: [`Bearer ${token}`, 'Bearer x'] }),
  'a report with a token that is too long': () => post(REPORT, { 'X-Auth-Token': 'x'.repeat(20_000) }),
  'a report without a token': () => post(REPORT),
  'a report with a byte order mark': (token) => post(`\uFEFF${REPORT}`, { 'X-Auth-Token': token }),
  'a report that is wrong': (token) => post('{"reports":[{"host":"é"}]}', { 'X-Auth-Token': token }),
  'no JSON': (token) => post('{"reports":', { 'X-Auth-Token': token }),
  'an empty body': (token) => post('', { 'X-Auth-Token': token }),
  'U+0000': (token) => post('{"reports":[{"host":"\\u0000"}]}', { 'X-Auth-Token': token }),
};

for (const [what, ask] of Object.entries(CASES)) {
  test(`${what}: the same answer either way`, async ({ server, admin, id }) => {
    const asked = ask(admin.token, id);
    const direct = await answered(server, 'hostbeat.example:8774', asked);
    // A name in capitals is not in its normal form: such a request goes the ordinary way.
    const ordinary = await answered(server, 'Hostbeat.example:8774', asked);
    assert.equal(direct, ordinary);
  });
}

test.run();
