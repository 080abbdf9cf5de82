/** The log for people: one line for one thing, without secrets, which no name of a stranger can break. */
import { Writable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { logLine } from '../../../server/cli/serve/log-lines.ts';
import { loggerTo } from '../../../server/telemetry/logger.ts';

const test = suite('log lines for people');

function logged(look: Partial<Parameters<typeof logLine>[1]> = {}) {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const render = (line: string) => logLine(line, { colours: false, stacks: false, ...look });
  return {
    logger: loggerTo(destination, 'trace', ['s3cret-of-settings'], render),
    text: () => lines.join(''),
  };
}

test('a line says when, how grave, what, why, and its fields', () => {
  const { logger, text } = logged();
  logger.warn({ host: 'compute-1', silent: 3, err: new Error('disk full') }, 'not recorded');
  const what = /^\d\d:\d\d:\d\d\.\d{3} WARN {2}not recorded: disk full {2}host=compute-1 {2}silent=3\n$/;
  assert.match(text(), what);
});

test('secrets are hidden in it as in JSON', () => {
  const { logger, text } = logged();
  logger.error({ password: 'hunter2', err: new Error('with s3cret-of-settings') }, 'bearer abcdefgh12345');
  assert.not.match(text(), /hunter2|s3cret|abcdefgh/);
});

test('a stack is shown when it is asked for and not otherwise', () => {
  const error = new Error('broken');
  const plain = logged();
  plain.logger.error({ err: error }, 'it broke');
  assert.is(plain.text().split('\n').length, 2);
  const debug = logged({ stacks: true });
  debug.logger.error({ err: error }, 'it broke');
  assert.match(debug.text(), /\n {4}at .*log-lines\.test/);
});

test('a name cannot break the line, move the cursor or colour anything', () => {
  const { logger, text } = logged();
  logger.info({ name: 'a\n12:00:00 ERROR forged', 'k\u001b[2J': '\u202e' }, 'x\u001b[31my\nz');
  assert.is(text().split('\n').length, 2);
  for (const sign of ['\u001b', '\u202e']) assert.not.ok(text().includes(sign));
});

test.run();
