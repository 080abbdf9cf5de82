import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { watchFiles } from '../../server/config/files/watch-files.ts';
import { temporaryFolder } from '../support/process.ts';

const test = suite('a file that is watched');

/** A file, its watch, and a hand that lets it look. */
async function watched(path: string, more: { readsFirst?: boolean; second?: string } = {}) {
  const file = `${path}/policy.yaml`;
  writeFileSync(file, '"a": "@"');
  let next: (() => void) | undefined;
  const readings: string[] = [];
  let fails = false;
  let isNew = true;
  const stop = watchFiles(more.second === undefined ? [file] : [file, more.second], {
    ...more,
    reload: async () => {
      if (fails) throw new Error('line 1');
      return isNew;
    },
    done: (error) => void readings.push(error === undefined ? 'read' : String(error)),
    setTimer: (then) => {
      next = then;
      return () => {
        next = undefined;
      };
    },
  });
  const look = async () => {
    while (next === undefined) await turn();
    const then = next;
    next = undefined;
    then();
    while (next === undefined) await turn();
  };
  while (next === undefined) await turn();
  return {
    file,
    readings,
    look,
    stop,
    failing: (now: boolean) => {
      fails = now;
    },
    nothingNew: () => {
      isNew = false;
    },
    isWaiting: () => next !== undefined,
  };
}

test('a file is read again once it has changed and is complete', async () => {
  await using folder = await temporaryFolder();
  const { file, readings, look, stop } = await watched(folder.path);
  await look();
  assert.equal(readings, []);
  writeFileSync(file, '"a": "!"  # half of it');
  await look();
  assert.equal(readings, [], 'it may be half a file still');
  writeFileSync(file, '"a": "!"  # and the other half');
  await look();
  assert.equal(readings, []);
  await look();
  await look();
  assert.equal(readings, ['read'], 'once');
  stop();
});

test('a file is read again when it is replaced, and not while it is missing', async () => {
  await using folder = await temporaryFolder();
  const { file, readings, look, stop } = await watched(folder.path);
  rmSync(file);
  await look();
  await look();
  assert.equal(readings, []);
  writeFileSync(`${folder.path}/next`, '"a": "role:x"');
  renameSync(`${folder.path}/next`, file);
  await look();
  await look();
  assert.equal(readings, ['read']);
  stop();
});

test('a bad file is reported once, and tried again when it changes again', async () => {
  await using folder = await temporaryFolder();
  const { file, readings, look, stop, failing } = await watched(folder.path);
  failing(true);
  writeFileSync(file, 'broken');
  for (let i = 0; i < 4; i++) await look();
  assert.equal(readings, ['Error: line 1']);
  failing(false);
  writeFileSync(file, '"repaired": "@"');
  for (let i = 0; i < 4; i++) await look();
  assert.equal(readings, ['Error: line 1', 'read']);
  stop();
});

test('a file is read once at the beginning where it may have changed since the start', async () => {
  await using folder = await temporaryFolder();
  const { readings, look, stop } = await watched(folder.path, { readsFirst: true });
  for (let i = 0; i < 4; i++) await look();
  assert.equal(readings, ['read']);
  stop();
});

test('says nothing of a change in which nothing is new', async () => {
  await using folder = await temporaryFolder();
  const { file, readings, look, stop, nothingNew } = await watched(folder.path);
  nothingNew();
  writeFileSync(file, '"a": "@" ');
  for (let i = 0; i < 4; i++) await look();
  assert.equal(readings, []);
  stop();
});

test('a file is read together with its companion, also behind a swapped link', async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  for (const version of ['1', '2']) {
    mkdirSync(`${path}/..${version}`);
    writeFileSync(`${path}/..${version}/key`, version);
  }
  symlinkSync('..1', `${path}/..data`);
  symlinkSync('..data/key', `${path}/key`);
  const { readings, look, stop } = await watched(path, { second: `${path}/key` });
  await look();
  symlinkSync('..2', `${path}/..next`);
  renameSync(`${path}/..next`, `${path}/..data`);
  for (let i = 0; i < 4; i++) await look();
  assert.equal(readings, ['read']);
  stop();
});

test('a file is left alone once the watch has ended', async () => {
  await using folder = await temporaryFolder();
  const { stop, isWaiting } = await watched(folder.path);
  stop();
  assert.not.ok(isWaiting());
});

test.run();
