import { spawn, spawnSync } from 'node:child_process';
import { temporaryFolder } from '../../support/process.ts';

/** A file system of four megabytes, or undefined where this user may not have one. */
export async function smallDisk() {
  const folder = await temporaryFolder();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder.path]).status !== 0) {
    await folder[Symbol.asyncDispose]();
    return undefined;
  }
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      const unmount = spawn('umount', ['-l', folder.path]);
      await new Promise((resolve) => unmount.once('close', resolve));
      await folder[Symbol.asyncDispose]();
    },
  };
}
