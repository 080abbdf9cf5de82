/** The file of named receivers: what is wrong in it is named, and no token is ever in the words. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Files } from '../../server/config/find-setting.ts';
import { ConfigError, loadConfig, secretTexts } from '../../server/config/load.ts';
import { loggerTo } from '../../server/telemetry/logger.ts';

const test = suite('file of receivers');

const SECRET = 'b5f1c0de-0000-secret';

function load(text: string, env: Record<string, string> = {}) {
  const contents: Record<string, string> = {
    'r.yaml': text,
    'az1.token': `${SECRET}\n`,
    'short.token': 'x\n',
  };
  const files: Files = {
    exists: (path) => path in contents,
    read(path) {
      const found = contents[path];
      if (found === undefined) throw new Error('ENOENT');
      return found;
    },
  };
  return loadConfig({ env: { HOSTBEAT_RECEIVERS_FILE: 'r.yaml', ...env }, files });
}

test('a receiver has its token in the file, or in a file of its own', () => {
  const { secrets } = load(`
az1:
  token_file: az1.token
  zones: [az1, az2]
rack-7:
  token: another-token-of-16
  hosts: [c1]
`);
  assert.equal(secrets.receivers, [
    { name: 'az1', token: SECRET, zones: ['az1', 'az2'], hosts: [] },
    { name: 'rack-7', token: 'another-token-of-16', zones: [], hosts: ['c1'] },
  ]);
});

for (const [what, text, problem] of [
  ['is no mapping', '- az1', /must hold receivers by name/],
  ['is empty', '', /must hold receivers by name/],
  ['is not YAML', `az1: {token: ${SECRET}, zones: [}`, /r\.yaml is not YAML \(line 1\)/],
  ['gives a name twice', `a: {token: ${SECRET}, zones: [z]}\na: 1`, /gives a name twice \(line 2\)/],
  ['has a name with a blank', `"a b": {token: ${SECRET}, zones: [z]}`, /receiver "a b" must be named by/],
  ['has an entry without fields', 'az1: token', /receiver "az1" must have token or token_file/],
  ['misspells a key', `az1: {token: ${SECRET}, zone: [az1]}`, /unknown key "zone"; did you mean zones\?/],
  ['limits to nothing', `az1: {token: ${SECRET}}`, /has no limit.*HOSTBEAT_RECEIVER_TOKEN/],
  ['limits to an empty list', `az1: {token: ${SECRET}, zones: []}`, /has no limit/],
  [
    'names one zone without a list',
    `az1: {token: ${SECRET}, zones: az1}`,
    /must list its zones as printable texts/,
  ],
  [
    'names a host by a number',
    `az1: {token: ${SECRET}, hosts: [7]}`,
    /must list its hosts as printable texts/,
  ],
  ['has no token', 'az1: {zones: [az1]}', /either token or token_file/],
  [
    'has two tokens',
    `az1: {token: ${SECRET}, token_file: az1.token, zones: [a]}`,
    /either token or token_file/,
  ],
  ['has a short token', 'az1: {token: 123456789012345, zones: [az1]}', /token/],
  [
    'has a short token in a file',
    'az1: {token_file: short.token, zones: [a]}',
    /1 characters; 16 is the least/,
  ],
  [
    'names a file that is not there',
    'az1: {token_file: no.token, zones: [a]}',
    /no\.token, which cannot be read/,
  ],
  [
    'uses one token twice',
    `a: {token: ${SECRET}, zones: [z]}\nb: {token: ${SECRET}, zones: [y]}`,
    /"a" and "b" the same token/,
  ],
] as const)
  test(`a file that ${what} is refused with what is wrong`, () => {
    try {
      load(text);
      assert.unreachable('it was taken');
    } catch (error) {
      assert.instance(error, ConfigError);
      const [first = '', ...more] = (error as ConfigError).problems;
      assert.equal(more, []);
      assert.match(first, /HOSTBEAT_RECEIVERS_FILE \(--receivers-file\): r\.yaml/);
      assert.match(first, problem);
      assert.not.match(first, SECRET);
    }
  });

test('the token for all hosts must be another one', () => {
  assert.throws(
    () => load(`a: {token: ${SECRET}, zones: [z]}`, { HOSTBEAT_RECEIVER_TOKEN: SECRET }),
    /gives "a" the token of HOSTBEAT_RECEIVER_TOKEN/,
  );
});

test('no log line holds a receiver’s token', () => {
  const { secrets } = load(`a: {token: ${SECRET}, zones: [z]}`);
  let written = '';
  const sink = {
    write(line: string) {
      written += line;
    },
  };
  loggerTo(sink, 'info', secretTexts(secrets)).info({ header: `value ${SECRET}` }, `sent ${SECRET}`);
  assert.not.match(written, SECRET);
});

test.run();
