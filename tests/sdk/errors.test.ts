import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../client-sdk/protocol/close-codes.ts';
import { readFrame } from '../../client-sdk/src/connection/frame.ts';
import { errorOfClose, HostbeatError } from '../../client-sdk/src/errors.ts';
import { baseUrl, streamUrl } from '../../client-sdk/src/options.ts';

const test = suite('sdk errors and options');

test('every close code is an error that answers as the protocol says', () => {
  for (const { code, reason, retry } of Object.values(CLOSE)) {
    assert.is(errorOfClose(code, reason).shouldRetry(), retry !== 'stop', `${code}`);
  }
  assert.ok(errorOfClose(1006, '').shouldRetry(), 'no close frame at all');
  assert.ok(errorOfClose(4999, '').shouldRetry(), 'a code of tomorrow');
});

test('an error is named by its cause', () => {
  assert.is(errorOfClose(4401, 'no such token').name, 'AuthenticationError');
  assert.match(errorOfClose(4401, 'no such token').message, /"token"/);
  assert.instance(errorOfClose(4403, ''), HostbeatError);
});

test('the stream’s address gives the service’s, and the other way round', () => {
  assert.is(streamUrl('http://h:8774'), 'ws://h:8774/v1/stream');
  assert.is(streamUrl('https://h/prefix/'), 'wss://h/prefix/v1/stream');
  assert.is(streamUrl('wss://h/v1/stream'), 'wss://h/v1/stream');
  assert.is(baseUrl('wss://h/prefix/v1/stream'), 'https://h/prefix');
  assert.is(baseUrl('http://h:8774/'), 'http://h:8774');
  for (const end of [
    '',
    '/',
    '//',
    '/v1/stream',
    '/v1/stream/',
    '//v1//stream//',
    '/v1/events',
    '/v1/changes/',
  ]) {
    assert.is(streamUrl(`https://h/p${end}`), 'wss://h/p/v1/stream', end);
    assert.is(baseUrl(`wss://h/p${end}#x`), 'https://h/p', end);
    assert.is(streamUrl(`https://h${end}`), 'wss://h/v1/stream', end);
    assert.is(baseUrl(`https://h${end}`), 'https://h', end);
  }
});

test('an address that cannot work, or would leak a secret, is refused by option name', () => {
  for (const url of ['', 'h:8774/x y', 'ftp://h', 'http://me:pw@h', 'http://h?token=s3cret']) {
    assert.throws(() => streamUrl(url), /option "url"/);
  }
  try {
    streamUrl('http://me:s3cret@h');
  } catch (error) {
    assert.not.match(String(error), /s3cret/);
  }
});

test('a frame of an unknown type is passed over, a damaged one is not', () => {
  assert.is(readFrame('{"type":"of-tomorrow"}'), undefined);
  assert.is(readFrame('{"type":"toString"}'), undefined);
  const damaged = [
    '',
    'null',
    '[]',
    '{}',
    '{"type":1}',
    '{"type":"event","cursor":"c","seq":0,"items":[]}',
    '{"type":"event","cursor":"c","seq":1.5,"items":[]}',
    '{"type":"event","cursor":"c","seq":1,"items":[null]}',
    '{"type":"event","seq":1,"items":[]}',
    '{"type":"synced","id":"main","how":"snapshot"}',
    '{"type":"drain","reconnect_in_ms":[5,1]}',
    '{"type":"welcome","session":"s","health_interval_ms":0}',
  ];
  for (const frame of damaged) assert.throws(() => readFrame(frame), /the server sent/, frame);
  assert.throws(() => readFrame(new ArrayBuffer(1)), /binary/);
});

test.run();
