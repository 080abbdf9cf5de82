import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HttpClient } from '../../../server/cli/connection/http-client.ts';
import type { CliError } from '../../../server/cli/support/errors.ts';
import { EXIT } from '../../../server/cli/support/exit-codes.ts';
import { answering, json, refused } from './answering.ts';

const test = suite('requests of the commands');

/** A login that gives another token each time the last one was refused. */
function logins() {
  let n = 1;
  return {
    token: async () => `token-${n}`,
    refused: () => {
      n += 1;
    },
    renewAt: undefined,
  };
}

const failed = (request: Promise<unknown>): Promise<CliError> =>
  request.then(
    () => assert.unreachable() as never,
    (error) => error as CliError,
  );

test('a token that is refused is replaced once, and the request sent again', async () => {
  await using server = await answering((response, { token }) =>
    token === 'token-2' ? json(response, 200, { fine: true }) : json(response, 401, refused('expired')),
  );
  const http = new HttpClient(server.url, logins());
  const { body } = await http.request<{ fine: boolean }>('PUT', '/v1/x', { body: { a: 1 } });
  assert.equal([body.fine, server.asked.map(({ token }) => token)], [true, ['token-1', 'token-2']]);
  assert.is(server.asked[1]?.body, '{"a":1}');
});

test('a second refusal is the answer', async () => {
  await using server = await answering((response) => json(response, 401, refused('expired')));
  const error = await failed(new HttpClient(server.url, logins()).get('/v1/x'));
  assert.equal([error.exit, server.asked.length], [EXIT.noPermission, 2]);
});

test('a redirect is not followed: the token goes to no other address', async () => {
  await using other = await answering((response) => json(response, 200, {}));
  await using server = await answering((response) =>
    json(response, 307, {}, { location: `${other.url}/v1/x` }),
  );
  const error = await failed(new HttpClient(server.url, logins()).get('/v1/x'));
  assert.is(error.exit, EXIT.unavailable);
  assert.match(error.message, /redirect/);
  assert.is(other.asked.length, 0);
});

for (const [status, exit] of [
  [400, EXIT.data],
  [403, EXIT.noPermission],
  [404, EXIT.failed],
  [409, EXIT.failed],
  [413, EXIT.data],
  [422, EXIT.data],
  [429, EXIT.unavailable],
  [500, EXIT.internal],
  [502, EXIT.unavailable],
  [504, EXIT.unavailable],
] as const) {
  test(`an answer ${status} ends the command with ${exit}, in the words of the server`, async () => {
    await using server = await answering((response) => json(response, status, refused('in its words')));
    const error = await failed(new HttpClient(server.url, logins()).get('/v1/x'));
    assert.is(error.exit, exit);
    assert.match(error.message, 'in its words');
  });
}

test("a proxy's page is an outage, whatever its status", async () => {
  for (const status of [401, 403, 502]) {
    await using server = await answering((response) => response.writeHead(status).end('<html>'));
    const error = await failed(new HttpClient(server.url).get('/v1/x'));
    assert.is(error.exit, EXIT.unavailable);
    assert.match(error.message, /not hostbeat's/);
  }
});

test.run();
