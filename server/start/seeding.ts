import type { InstancesContext } from '../api/instances/context.ts';
import type { Seeding } from '../api/seed.ts';
import { applySeed } from '../seed/apply.ts';
import { loadSeed } from '../seed/load.ts';
import { placesOf } from '../seed/places.ts';
import { placingOf } from '../seed/placing.ts';
import { parseSeed, readSeed } from '../seed/read-seed.ts';
import type { Core } from './core.ts';
import type { StartedIdentity } from './identity.ts';
import type { Storage } from './storage.ts';

export interface Declaring {
  readonly seed: Seeding;
  readonly placing: NonNullable<InstancesContext['placing']>;
}

/** Loads whole clouds and imports of servers, and looks up their projects and hosts. */
export function declaring(
  { clock, rules }: Pick<Core, 'clock' | 'rules'>,
  { store, identity }: Pick<Storage, 'store'> & Pick<StartedIdentity, 'identity'>,
  uuid: () => string,
): Declaring {
  const { directory } = identity;
  const accounts = directory === undefined ? {} : { accounts: directory };
  const places = placesOf(store, directory === undefined ? undefined : identity.accounts);
  const context = (actor: string) => ({ store, ...accounts, clock, rules, uuid, actor, places });
  return {
    async seed(body, actor, { createMissing, signal }) {
      const document = await readSeed(body, { key: actor, signal });
      return loadSeed(document, context(actor), { createMissing });
    },
    placing: ({ createMissing, actor }) =>
      placingOf(
        places,
        createMissing ? (made) => applySeed(parseSeed(JSON.stringify(made)), context(actor)) : undefined,
      ),
  };
}
