import type { ServiceKey } from '../../domain/service.ts';

/** Below the smallest frame limit that servers have by default, with room for the envelope. */
const MAX_BATCH_BYTES = 48 * 1_024;

/** Cut so that each batch fits into a frame; a gateway may report for thousands. Names are ASCII: length is bytes. */
export function batches(services: readonly ServiceKey[]): readonly (readonly ServiceKey[])[] {
  const cut: ServiceKey[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const service of services) {
    const size = JSON.stringify(service).length + 1;
    if (bytes + size > MAX_BATCH_BYTES) {
      cut.push([]);
      bytes = 0;
    }
    cut.at(-1)?.push(service);
    bytes += size;
  }
  return cut;
}
