/** A redirect is an answer and never followed: it would hand the token to whatever address it names. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect } from '../../../client-sdk/src/index.ts';
import { within } from '../../support/within.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const test = suite('redirects');

for (const transport of ['events', 'poll'] as const) {
  test(`a stream by "${transport}" takes its token to no other address`, async () => {
    await using server = await ScriptedServer.open();
    await using elsewhere = await ScriptedServer.open();
    const strayed: string[] = [];
    elsewhere.onRequest = (path, response) => {
      strayed.push(path);
      response.writeHead(404).end();
    };
    const { promise: askedAgain, resolve } = Promise.withResolvers<void>();
    let asked = 0;
    server.onRequest = (path, response) => {
      asked += 1;
      if (asked === 2) resolve();
      response.writeHead(307, { location: `${elsewhere.url}${path}` }).end();
    };
    await using _client = connect({ url: server.url, token: 'secret', transport, random: () => 0 });
    await within('another attempt', askedAgain);
    assert.equal(strayed, []);
  });
}

test.run();
