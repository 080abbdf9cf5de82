import type { Flavor } from '../../domain/instances/instance.ts';

/** A flavor written out inside a server (2.47): without id, because the catalogue may no longer have it. */
export function embeddedFlavor(flavor: Flavor, withExtraSpecs: boolean) {
  const { vcpus, ram, disk, ephemeral, swap, original_name, extra_specs } = flavor;
  return {
    vcpus,
    ram,
    disk,
    ephemeral,
    swap,
    original_name,
    ...(withExtraSpecs ? { extra_specs } : {}),
  };
}
