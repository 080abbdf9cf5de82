/** One site on each engine: hosts with ten servers and hosts with three hundred, of thirty owners. */
import type { Database } from '../../db/open.ts';
import { onInstance } from '../../server/domain/instances/placement.ts';
import { onDeclared, onSwitched } from '../../server/domain/transition.ts';
import { systemClock as clock } from '../../server/runtime/clock.ts';
import { anInstance, aService } from '../../tests/support/builders.ts';
import { TEST_RULES as rules } from '../../tests/support/store.ts';

export const SMALL = 10;
export const LARGE = 300;
export const HOSTS = 100;
const OWNERS = 30;
const AT_ONCE = 500;

export const smallHost = (n: number) => `small-${n % HOSTS}`;
export const largeHost = (n: number) => `large-${n % HOSTS}`;
export const ownerOf = (n: number) => `owner-${n % OWNERS}`;

export async function fill({ store }: Database): Promise<void> {
  const hosts = Array.from({ length: HOSTS }, (_, n) => [
    { host: smallHost(n), servers: SMALL },
    { host: largeHost(n), servers: LARGE },
  ]).flat();
  await Promise.all(
    hosts.map(({ host }) => {
      const service = aService({ host });
      return store.updateService(service, (current) =>
        onDeclared(current, service, { actor: 'bench', at: clock.now() }, rules),
      );
    }),
  );
  const servers = hosts.flatMap(({ host, servers }) =>
    Array.from({ length: servers }, (_, n) => ({ host, projectId: ownerOf(n) })),
  );
  for (let done = 0; done < servers.length; done += AT_ONCE) {
    await Promise.all(
      servers.slice(done, done + AT_ONCE).map(({ host, projectId }, n) => {
        const instance = anInstance({ host, node: host, projectId, name: `server-${done + n}` });
        return store.updateInstance(instance.id, (current, computeOf) =>
          onInstance(current, instance, computeOf, { cause: 'placement', at: clock.now() }, rules),
        );
      }),
    );
  }
}

/** Forces a host down or lifts it. Resolves when it is committed and announced. */
export async function force({ store }: Database, host: string, forcedDown: boolean): Promise<void> {
  const urgency = { urgent: true };
  await store.updateService(
    { host, binary: 'nova-compute' },
    (current) => onSwitched(current, { forcedDown }, { actor: 'bench', at: clock.now() }, rules),
    urgency,
  );
}
