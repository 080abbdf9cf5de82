import type { ServiceKey } from '../../domain/service.ts';

/** Half of the bytes that the agents' endpoint takes at once, and as many reports as it takes. */
const MAX_BATCH_BYTES = 1_024 * 1_024;
const MAX_REPORTS = 10_000;

/**
 * As few as can be, each small enough for a frame: a gateway may report for thousands, and what comes together is
 * spread together. Names are ASCII: length is bytes.
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
