import { hash } from 'node:crypto';
import { numberOf, slotOf } from '../text-number.ts';

interface Digest {
  readonly projectId: string;
  readonly host: string;
  readonly hex: string;
}

/**
 * Recently made digests: making one takes a tenth of the time that a whole line of a list takes. The table has a fixed
 * size of one or two megabytes, because a list of a large cloud has a new digest in each line.
 */
const BITS = 13;
const digests: (Digest | undefined)[] = new Array(2 ** BITS).fill(undefined);

/**
 * Nova's hostId: SHA-224 in hex of the project id immediately followed by the host's name, `""` without a host. An
 * owner can see whether two of its servers share a host, and nothing more; two owners cannot compare theirs.
 */
export function hostIdOf(projectId: string, host: string | null): string {
  if (host === null || host === '') return '';
  const place = slotOf(numberOf(host, numberOf(projectId)), BITS);
  const known = digests[place];
  if (known !== undefined && known.host === host && known.projectId === projectId) return known.hex;
  const hex = hash('sha224', projectId + host, 'hex');
  digests[place] = { projectId, host, hex };
  return hex;
}
