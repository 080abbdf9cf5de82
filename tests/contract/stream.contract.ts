/** What the stream promises its clients, whatever store it reads; the promises are in `stream/`, by subject. */
import { suite } from 'uvu';
import type { StreamWorld } from '../support/stream-world.ts';
import { followingContract } from './stream/following.contract.ts';
import type { OpenWorld, StreamPromise } from './stream/promise.ts';
import { resumingContract } from './stream/resuming.contract.ts';
import { rightsContract } from './stream/rights.contract.ts';
import { volumeContract } from './stream/volume.contract.ts';

const subjects = [followingContract, resumingContract, rightsContract, volumeContract];

export function streamContract(name: string, open: OpenWorld): void {
  const test = suite(`stream: ${name}`);
  const promise: StreamPromise = (text, check) =>
    test(text, async () => {
      const worlds: StreamWorld[] = [];
      try {
        await check(async (settings) => {
          const world = await open(settings);
          worlds.push(world);
          return world;
        });
      } finally {
        for (const world of worlds) await world.close();
      }
    });
  for (const subject of subjects) subject(promise);
  test.run();
}
