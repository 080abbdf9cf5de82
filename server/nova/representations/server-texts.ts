import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { Instance } from '../../domain/instance.ts';
import { Recent } from '../../domain/recent.ts';
import type { Links } from '../links.ts';
import { type Rendered, RenderedTexts } from './rendered-texts.ts';
import type { ServerShape } from './server.ts';
import { serverWriter, type WriteServer } from './server-writer.ts';

/** One for each microversion, answer, audience and base of links that was asked for recently. */
const WRITERS = 64;

interface Writer {
  readonly write: WriteServer;
}

const writers = new Recent<Writer>(WRITERS);
/** The last text of each server: a polling client asks for the same again. */
const rendered = new RenderedTexts<Instance, Writer>(16 * 2 ** 20);

/**
 * Servers as JSON texts, each kept with its row: the store gives the same object for the same row. A text is a pure
 * function of row, writer and host status, and all three are compared, so that none can be out of date. Policy is asked
 * and the host looked at for every answer.
 */
export class ServerTexts {
  readonly #writer: Writer;

  constructor(shape: ServerShape, links: Links) {
    this.#writer = writerFor(shape, links);
  }

  of(instance: Instance, hostStatus: HostStatus | undefined): string {
    const known: Rendered<Writer> | undefined = rendered.get(instance);
    if (known !== undefined && known.by === this.#writer && known.hostStatus === hostStatus)
      return known.text;
    const text = this.#writer.write(instance, hostStatus);
    rendered.set(instance, { by: this.#writer, hostStatus, text });
    return text;
  }
}

function writerFor(shape: ServerShape, links: Links): Writer {
  const { version, occasion, audience } = shape;
  const { extended, extraSpecs, admin } = audience;
  const name = `${version} ${occasion} ${extended} ${extraSpecs} ${admin} ${links.versioned} ${links.unversioned}`;
  const known = writers.get(name);
  if (known !== undefined) return known;
  const writer = { write: serverWriter(shape, links) };
  writers.set(name, writer);
  return writer;
}
