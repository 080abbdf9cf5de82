import { hash } from 'node:crypto';

/**
 * Nova's hostId: SHA-224 in hex of the project id immediately followed by the host's name, `""` without a host. An
 * owner can tell whether two of its servers share a host and nothing more; two owners can compare nothing.
 */
export function hostIdOf(projectId: string, host: string | null): string {
  return host === null || host === '' ? '' : hash('sha224', projectId + host, 'hex');
}
