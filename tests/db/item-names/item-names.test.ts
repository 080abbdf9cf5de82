/** An item has one name, on every way out of a server, and no other item ever has it: not even when the file is put back. */
import { copyFile, rm } from 'node:fs/promises';
import { suite } from 'uvu';
import { temporaryFolder } from '../../support/process.ts';
import { namesInTwoFutures } from './naming.ts';

const test = suite('names of items');

test('each way gives an item one name, and a file that is put back gives none again', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/names.db`;
  const copy = `${folder.path}/copy`;
  await namesInTwoFutures(`sqlite:${file}`, folder.path, {
    save: () => copyFile(file, copy),
    async restore() {
      for (const part of ['', '-wal', '-shm']) await rm(file + part, { force: true });
      await copyFile(copy, file);
    },
  });
});

test.run();
