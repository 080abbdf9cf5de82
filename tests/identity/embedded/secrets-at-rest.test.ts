import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { onProject, openWorld } from '../world.ts';

const test = suite('secrets at rest');

test('no password, token or credential stands in the database files in clear', async () => {
  const world = await openWorld({ file: true });
  try {
    const { token } = await world.logIn('alice', 'alicepw', onProject('demo'));
    const agent = await world.identity.issued.issueAgentToken({ label: 'rack 1', hosts: ['c1'] });
    const path = `/users/${world.ids.alice}/application_credentials`;
    const made = await world.ask('POST', path, token, {
      application_credential: { name: 'bot', secret: 'chosen-secret' },
    });
    assert.is(made.body.application_credential.secret, 'chosen-secret');

    const folder = dirname(world.store.url.replace('sqlite:', ''));
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    const holds = (text: string) => files.some((file) => file.includes(text));
    assert.ok(holds('rack 1') && holds('bot'), 'the files are the right ones');
    for (const secret of ['alicepw', 'adminpw', 'chosen-secret', token, agent.secret]) {
      assert.not(holds(secret), secret);
      assert.not(holds(secret.slice(4)), `${secret} without its prefix`);
    }
  } finally {
    await world.close();
  }
});

test.run();
