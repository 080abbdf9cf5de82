import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfigFile } from '../../server/config/files/config-file.ts';
import { ConfigError } from '../../server/config/load.ts';

const test = suite('configuration file');

function values(text: string) {
  return readConfigFile(text, 'hostbeat.yaml').values;
}

function problems(text: string): readonly string[] {
  try {
    values(text);
  } catch (error) {
    assert.instance(error, ConfigError);
    return (error as ConfigError).message.split('\n');
  }
  throw new Error(`accepted: ${text}`);
}

test('a setting may be written as its variable or as what follows HOSTBEAT_', () => {
  for (const key of ['HOSTBEAT_SERVICE_DOWN_TIME', 'service_down_time', 'service-down-time'])
    assert.equal(values(`${key}: 30`), { HOSTBEAT_SERVICE_DOWN_TIME: '30' }, key);
  assert.equal(values('trusted_proxies: [10.0.0.1, 10.0.0.2]'), {
    HOSTBEAT_TRUSTED_PROXIES: '10.0.0.1,10.0.0.2',
  });
  assert.equal(values('admin_password_file: /run/secret'), { HOSTBEAT_ADMIN_PASSWORD_FILE: '/run/secret' });
  assert.equal(values('service_down_time:'), {}, 'nothing given');
  assert.equal(values(''), {});
});

test('a setting that does not exist is refused, with the nearest that does', () => {
  const [problem = ''] = problems('service_down_tim: 30');
  assert.match(problem, 'service_down_tim is not a setting; did you mean service_down_time?');
});

test('a setting that is given twice, by two names, is refused', () => {
  assert.match(problems('service_down_time: 30\nservice-down-time: 40').join(), 'given twice');
});

test('all that is wrong is said at once', () => {
  assert.match(problems('nonsense_a: 1\nlisten: {a: 1}').join(), /nonsense_a.*listen must be a value/s);
  for (const text of ['- a', 'just text', 'a: [']) problems(text);
});

test.run();
