import type { ServiceKey } from '../../domain/service.ts';

/** Half of the bytes that the agents' endpoint takes at once, and as many reports as it takes. */
const MAX_BATCH_BYTES = 1_024 * 1_024;
const MAX_REPORTS = 10_000;

/**
 * As few batches as possible, each small enough for a frame: a gateway may report for thousands, and the server spreads the members of a batch
 * together. Names are ASCII, so a text's length is its bytes.
 */
export function batches(services: readonly ServiceKey[]): readonly (readonly ServiceKey[])[] {
  const cut: ServiceKey[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const service of services) {
    const size = JSON.stringify(service).length + 1;
    if (bytes + size > MAX_BATCH_BYTES || cut.at(-1)?.length === MAX_REPORTS) {
      cut.push([]);
      bytes = 0;
    }
    cut.at(-1)?.push(service);
    bytes += size;
  }
  return cut;
}
