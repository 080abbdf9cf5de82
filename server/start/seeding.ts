import type { InstancesContext } from '../api/instances/context.ts';
import type { Seeding } from '../api/seed.ts';
import { applySeed } from '../seed/apply.ts';
import { loadSeed } from '../seed/load.ts';
import { parseSeed, readSeed } from '../seed/read-seed.ts';
import { referenceLookup } from '../seed/references.ts';
import { referenceResolver } from '../seed/resolve-references.ts';
import type { Core } from './core.ts';
import type { StartedIdentity } from './identity.ts';
import type { Storage } from './storage.ts';

export interface Imports {
  readonly seed: Seeding;
  readonly resolver: NonNullable<InstancesContext['resolver']>;
}

/** Loads whole clouds and imports of servers, and looks up their projects and hosts. */
export function createImports(
  { clock, rules }: Pick<Core, 'clock' | 'rules'>,
  { store, identity }: Pick<Storage, 'store'> & Pick<StartedIdentity, 'identity'>,
  uuid: () => string,
): Imports {
  const { directory } = identity;
  const accounts = directory === undefined ? {} : { accounts: directory };
  const lookup = referenceLookup(store, directory === undefined ? undefined : identity.accounts);
  const context = (actor: string) => ({ store, ...accounts, clock, rules, uuid, actor, lookup });
  return {
    async seed(body, actor, { createMissing, signal }) {
      const document = await readSeed(body, { key: actor, signal });
      return loadSeed(document, context(actor), { createMissing });
    },
    resolver: ({ createMissing, actor }) =>
      referenceResolver(
        lookup,
        createMissing ? (made) => applySeed(parseSeed(JSON.stringify(made)), context(actor)) : undefined,
      ),
  };
}
