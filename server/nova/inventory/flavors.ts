/** Flavors: the declared ones and those of the caller's own servers. Those of other projects are not shown. */
import { DomainError } from '../../domain/errors.ts';
import type { Flavor } from '../../domain/instances/instance.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';
import { badRequest } from '../faults.ts';
import { Links } from '../links.ts';
import { type Microversion, SINCE } from '../microversions.ts';
import { countIn, oneOfIn, refuseUnknown } from '../query.ts';
import { isInteger, queryBoolean } from '../validation.ts';

const PARAMETERS = ['limit', 'marker', 'is_public', 'minRam', 'minDisk', 'sort_key', 'sort_dir'];
const MAX_LIMIT = 1000;

/** Nova's sort keys. A key that is equal for all flavors here leaves them in the order of their ids. */
const SORT_KEYS: Readonly<Record<string, (flavor: Flavor) => string | number>> = {
  flavorid: ({ id }) => id,
  id: ({ id }) => id,
  name: ({ original_name }) => original_name,
  memory_mb: ({ ram }) => ram,
  vcpus: ({ vcpus }) => vcpus,
  root_gb: ({ disk }) => disk,
  ephemeral_gb: ({ ephemeral }) => ephemeral,
  swap: ({ swap }) => swap,
  ...Object.fromEntries(
    ['created_at', 'description', 'disabled', 'is_public', 'rxtx_factor', 'updated_at', 'vcpu_weight'].map(
      (key) => [key, () => 0],
    ),
  ),
};

export async function listFlavors(call: Call, nova: Nova): Promise<NovaAnswer> {
  const links = new Links(call);
  const flavors = (await pageOfFlavors(call, nova)).map((flavor) => ({
    id: flavor.id,
    name: flavor.original_name,
    links: links.of('flavors', flavor.id),
    ...(call.version >= SINCE.flavorDescription ? { description: null } : {}),
  }));
  return { status: 200, body: { flavors, ...nextOf(links, 'flavors', call, flavors) } };
}

export async function listFlavorsInDetail(call: Call, nova: Nova): Promise<NovaAnswer> {
  const links = new Links(call);
  const withSpecs = seesExtraSpecs(call, nova);
  const flavors = (await pageOfFlavors(call, nova)).map((flavor) =>
    flavorView(flavor, call.version, links, withSpecs),
  );
  return { status: 200, body: { flavors, ...nextOf(links, 'flavors/detail', call, flavors) } };
}

/** `GET /flavors/{id}/os-extra_specs`, which older clients ask for each flavor of a list. */
export async function listExtraSpecs(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:os-flavor-extra-specs:index');
  const { extra_specs } = await findFlavor(call, nova);
  return { status: 200, body: { extra_specs } };
}

export async function showExtraSpec(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:os-flavor-extra-specs:show');
  const { extra_specs } = await findFlavor(call, nova);
  const key = call.param('key');
  if (!Object.hasOwn(extra_specs, key)) throw new DomainError('not_found', 'There is no such extra spec.');
  return { status: 200, body: { [key]: extra_specs[key] } };
}

async function findFlavor(call: Call, nova: Nova): Promise<Flavor> {
  const id = call.param('id');
  const flavor = (await flavorsFor(call, nova)).find((one) => one.id === id);
  if (flavor === undefined) throw new DomainError('not_found', 'Flavor could not be found.');
  return flavor;
}

export async function showFlavor(call: Call, nova: Nova): Promise<NovaAnswer> {
  const flavor = await findFlavor(call, nova);
  const view = flavorView(flavor, call.version, new Links(call), seesExtraSpecs(call, nova));
  return { status: 200, body: { flavor: view } };
}

function flavorView(flavor: Flavor, version: Microversion, links: Links, withSpecs: boolean) {
  return {
    id: flavor.id,
    name: flavor.original_name,
    ram: flavor.ram,
    disk: flavor.disk,
    vcpus: flavor.vcpus,
    // Empty text for a flavor without one, until 2.75.
    swap: flavor.swap === 0 && version < SINCE.wholeServer ? '' : flavor.swap,
    'OS-FLV-EXT-DATA:ephemeral': flavor.ephemeral,
    'OS-FLV-DISABLED:disabled': false,
    'os-flavor-access:is_public': true,
    rxtx_factor: 1.0,
    links: links.of('flavors', flavor.id),
    ...(version >= SINCE.flavorDescription ? { description: null } : {}),
    ...(version >= SINCE.flavorExtraSpecs && withSpecs ? { extra_specs: flavor.extra_specs } : {}),
  };
}

function seesExtraSpecs(call: Call, nova: Nova): boolean {
  return nova.policy.allows('os_compute_api:os-flavor-extra-specs:index', call.identity);
}

/** The project whose flavors are shown; an administrator sees those of all. */
export function flavorsFor(call: Call, nova: Nova): Promise<readonly Flavor[]> {
  const { identity } = call;
  return nova.store.flavors(call.isAdmin ? undefined : (identity.projectId ?? ''));
}

/**
 * All flavors here are public: a request for the others gets an empty list. Only an administrator can make it (Nova).
 */
async function pageOfFlavors(call: Call, nova: Nova): Promise<Flavor[]> {
  const limit = Math.min(countIn(call, 'limit') ?? MAX_LIMIT, MAX_LIMIT);
  const key = SORT_KEYS[oneOfIn(call, 'sort_key', Object.keys(SORT_KEYS)) ?? 'flavorid'] as (
    flavor: Flavor,
  ) => string | number;
  const direction = oneOfIn(call, 'sort_dir', ['asc', 'desc']) === 'desc' ? -1 : 1;
  refuseUnknown(call, PARAMETERS);
  if (call.isAdmin && asksForPrivate(call)) return [];
  const [ram, disk] = [leastOf(call, 'minRam'), leastOf(call, 'minDisk')];
  const sorted = (await flavorsFor(call, nova)).toSorted((a, b) => direction * compare(key(a), key(b)));
  const marker = call.query.getAll('marker').at(-1);
  const after = marker === undefined ? -1 : sorted.findIndex(({ id }) => id === marker);
  if (marker !== undefined && after < 0) throw badRequest(`marker [${marker.slice(0, 80)}] not found`);
  return sorted
    .slice(after + 1)
    .filter((flavor) => flavor.ram >= ram && flavor.disk >= disk)
    .slice(0, limit);
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `is_public`: true unless it says otherwise; "none" is both. */
function asksForPrivate(call: Call): boolean {
  const value = call.query.getAll('is_public').at(-1);
  if (value === undefined || value.toLowerCase() === 'none') return false;
  const read = queryBoolean(value);
  if (read === undefined) throw badRequest(`Invalid is_public filter [${value.slice(0, 40)}]`);
  return !read;
}

function leastOf(call: Call, name: 'minRam' | 'minDisk'): number {
  const value = call.query.getAll(name).at(-1) ?? '0';
  if (!isInteger(value)) throw badRequest(`Invalid ${name} filter [${value.slice(0, 40)}]`);
  return Number(value);
}

function nextOf(links: Links, collection: string, call: Call, page: readonly { readonly id: string }[]) {
  const limit = Math.min(countIn(call, 'limit') ?? MAX_LIMIT, MAX_LIMIT);
  const last = page.at(-1);
  return last === undefined || page.length < limit
    ? {}
    : { flavors_links: [links.next(collection, call.query, last.id)] };
}
