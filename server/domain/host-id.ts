import { hash } from 'node:crypto';
import { Remembered } from './remembered.ts';

/** A digest costs as much as all else that a line of a list needs. A few megabytes. */
const digests = new Remembered((text) => hash('sha224', text, 'hex'), 10_000);

/**
 * Nova's hostId: SHA-224 in hex of the project id immediately followed by the host's name, `""` without a host. An
 * owner can tell whether two of its servers share a host and nothing more; two owners can compare nothing.
 */
export function hostIdOf(projectId: string, host: string | null): string {
  return host === null || host === '' ? '' : digests.of(projectId + host);
}
