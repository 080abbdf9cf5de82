/** What an answer shows of a server: which caller sees it, in which answer. The keys are in server-members.ts. */
import type { Address, Instance } from '../../domain/instances/instance.ts';
import type { Links } from '../links.ts';
import type { Microversion } from '../microversions.ts';

/** What the caller may see beyond what every caller sees. */
export interface Audience {
  /** `OS-EXT-SRV-ATTR:*`: host, hypervisor and the like. */
  readonly extended: boolean;
  readonly extraSpecs: boolean;
  /** Details of faults that hostbeat itself made. */
  readonly admin: boolean;
}

/** The answer that the server is part of: they differ in a few keys. */
export type Occasion = 'show' | 'detail' | 'update' | 'rebuild';

/** Everything that decides which keys an answer has. */
export interface ServerShape {
  readonly version: Microversion;
  readonly audience: Audience;
  readonly occasion: Occasion;
}

/** One entry of a list without details. */
export function serverLine(instance: Instance, links: Links) {
  return { id: instance.id, name: instance.name, links: links.of('servers', instance.id) };
}

/** An address in the answer of `/ips`. */
export function briefAddress({ version, addr }: Address) {
  return { version, addr };
}
