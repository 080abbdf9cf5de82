import { hash } from 'node:crypto';
import { Recent } from '../recent.ts';

/** Cached by input: a digest costs as much as all else that a line of a list needs. A few megabytes. */
const digests = new Recent<string>(10_000);

/**
 * Nova's hostId: SHA-224 in hex of the project id immediately followed by the host's name, `""` without a host. It
 * tells an owner whether two of its servers share a host and nothing more; two owners can compare nothing.
 */
export function hostIdOf(projectId: string, host: string | null): string {
  if (host === null || host === '') return '';
  const text = projectId + host;
  const known = digests.get(text);
  if (known !== undefined) return known;
  const digest = hash('sha224', text, 'hex');
  digests.set(text, digest);
  return digest;
}
