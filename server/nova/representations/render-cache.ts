import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { Instance } from '../../domain/instance.ts';
import { type ServerViewOptions, serverView } from './server.ts';

interface Rendered {
  readonly manner: string;
  readonly hostStatus: HostStatus | undefined;
  readonly text: string;
}

/** The last one of each: who polls asks for the same again. */
const rendered = new WeakMap<Instance, Rendered>();

/**
 * Servers as JSON texts, each kept as long as its row is: the store gives the same object for the same row. A view is a
 * pure function of the row and the options, and all of them are compared, so that no text can be out of date. Policy is
 * asked and the host looked at for every answer.
 */
export class ServerTexts {
  readonly #options: Omit<ServerViewOptions, 'hostStatus'>;
  /** The options in one text. */
  readonly #manner: string;

  constructor(options: Omit<ServerViewOptions, 'hostStatus'>) {
    const { version, occasion, audience, links } = options;
    const { extended, extraSpecs, admin } = audience;
    const { versioned, unversioned } = links;
    this.#options = options;
    this.#manner = `${version} ${occasion} ${extended} ${extraSpecs} ${admin} ${versioned} ${unversioned}`;
  }

  of(instance: Instance, hostStatus: HostStatus | undefined): string {
    const known = rendered.get(instance);
    if (known !== undefined && known.hostStatus === hostStatus && known.manner === this.#manner)
      return known.text;
    const text = JSON.stringify(serverView(instance, { ...this.#options, hostStatus }));
    rendered.set(instance, { manner: this.#manner, hostStatus, text });
    return text;
  }
}
