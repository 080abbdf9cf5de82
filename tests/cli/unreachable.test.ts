/** A command that reaches nobody says why, and what to do about it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { unreachable, unreachableReason } from '../../server/cli/connection/unreachable.ts';
import { EXIT } from '../../server/cli/support/exit-codes.ts';

const test = suite('nobody is reached');

const failed = (code: string) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(), { code }) });

for (const [code, repair] of [
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'NODE_EXTRA_CA_CERTS'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NODE_EXTRA_CA_CERTS'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'NODE_EXTRA_CA_CERTS'],
  ['CERT_HAS_EXPIRED', 'out of date'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'use that name'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'write http://'],
  ['EPROTO', 'write http://'],
  ['ENOTFOUND', 'DNS'],
  ['EAI_AGAIN', 'DNS'],
  ['UND_ERR_SOCKET', 'does it speak https?'],
  ['ECONNREFUSED', 'hostbeat serve'],
] as const)
  test(`${code}: ${repair}`, () => {
    const { exit, message } = unreachable('https://a.example/path', '--url', failed(code));
    assert.is(exit, EXIT.unavailable);
    assert.match(message, `cannot reach https://a.example (${code}): `);
    assert.match(message, repair);
    assert.match(message, /[.?] Name another by --url\.$/);
  });

test('an agent gives the reason in a few words, and only what the error itself says', () => {
  assert.is(unreachableReason(failed('ECONNREFUSED')), 'ECONNREFUSED');
  assert.match(unreachableReason(failed('EPROTO')), 'EPROTO: it does not speak TLS');
});

test.run();
