import { Writable } from 'node:stream';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadConfig } from '../../server/config/load.ts';
import {
  AGENT_TOKEN_PREFIX,
  CREDENTIAL_PREFIX,
  newSecret,
  systemRandom,
  TICKET_PREFIX,
  TOKEN_PREFIX,
} from '../../server/identity/tokens/secrets.ts';
import { loggerTo } from '../../server/telemetry/logger.ts';

const test = suite('log lines');

/** Writes to what is returned. */
function logged(secrets: readonly (string | undefined)[] = []) {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { logger: loggerTo(destination, 'trace', secrets), text: () => lines.join('') };
}

const PASSWORD = 'corr"ect\\horse\nbattery';

test('a secret of the settings is in no line, however it came there', () => {
  const { config, secrets } = loadConfig({
    env: { HOSTBEAT_ADMIN_PASSWORD: PASSWORD, HOSTBEAT_RECEIVER_TOKEN: 'receiver-secret' },
  });
  const log = logged(Object.values(secrets));
  log.logger.info({ config, secrets }, 'everything there is');
  log.logger.error({ err: new Error(`login with ${PASSWORD} failed`) }, `it was ${PASSWORD}`);
  log.logger.warn({ deep: [{ deeper: { text: `x${PASSWORD}y` } }], [PASSWORD]: 1 }, 'receiver-secret');
  assert.not.match(log.text(), /horse|receiver-secret/);
  assert.match(log.text(), /everything there is/);
});

test('a request or an answer that is logged whole shows no proof of who is asking', () => {
  const log = logged();
  const headers = {
    'X-Auth-Token': 'opaque-to-us',
    'x-subject-token': 'opaque-to-us',
    Authorization: 'Basic b3BhcXVlLXRvLXVz',
    cookie: 'session=opaque-to-us',
    'x-service-token': ['opaque-to-us'],
  };
  const body = {
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: 'opaque-to-us', password: 'opaque-to-us' } },
        application_credential: { id: 'i', secret: 'opaque-to-us' },
      },
    },
  };
  log.logger.info({ request: { headers, body }, adminPassword: 'opaque-to-us' }, 'a request');
  assert.not.match(log.text(), /opaque-to-us|b3BhcXVl/);
});

test('a text that looks like a credential is hidden, also within a longer text', () => {
  const log = logged();
  const proofs = [TOKEN_PREFIX, AGENT_TOKEN_PREFIX, CREDENTIAL_PREFIX, TICKET_PREFIX]
    .map((prefix) => newSecret(prefix, systemRandom))
    .concat('gAAAAABmZm9vYmFyYmF6cXV4', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl');
  for (const proof of proofs) {
    log.logger.info({ err: new Error(`401 for ${proof}`) }, `asked with "${proof}"`);
    log.logger.info(`Bearer ${proof} and https://user:${proof}@keystone.example/v3`);
  }
  for (const proof of proofs) assert.not.ok(log.text().includes(proof), proof);
  log.logger.info('https://keystone:pass-word@keystone.example:5000/v3');
  assert.match(log.text(), /https:\/\/\[hidden\]@keystone\.example:5000/);
});

test('everything else is as it was written', () => {
  const log = logged(['secret-of-the-settings']);
  const harmless = fc.record({
    host: fc.string(),
    count: fc.integer(),
    flag: fc.boolean(),
    list: fc.array(fc.oneof(fc.integer(), fc.constant(null))),
    tokens: fc.integer(),
  });
  fc.assert(
    fc.property(harmless, (fields) => {
      const before = log.text().length;
      log.logger.info(fields, 'said');
      const { level, time, msg, ...rest } = JSON.parse(log.text().slice(before));
      assert.equal(rest, JSON.parse(JSON.stringify(fields)));
    }),
    { numRuns: 200 },
  );
});

test.run();
