import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { Instance } from '../../domain/instances/instance.ts';
import { Recent } from '../../domain/recent.ts';
import { SeenBefore } from '../../limits/seen-before.ts';
import type { Links } from '../links.ts';
import type { ServerShape } from './server.ts';
import { serverWriter, type WriteServer } from './server-writer.ts';

/** One for each recent combination of microversion, answer, audience and base of links. */
const WRITERS = 64;

interface Text {
  readonly instance: Instance;
  readonly write: WriteServer;
  readonly hostStatus: HostStatus | undefined;
  readonly text: string;
}

/** Bytes of texts, and the overhead of each. Space for some ten thousand usual ones. */
const KEPT_BYTES = 16 * 2 ** 20;
const OVERHEAD = 300;
/** 2^15 servers are remembered as requested, without a text. */
const REMEMBERED_BITS = 15;

const writers = new Recent<WriteServer>(WRITERS);
/** The last text of each server that is requested again and again. */
const texts = new Recent<Text>(KEPT_BYTES, ({ text }) => text.length + OVERHEAD);
const seen = new SeenBefore(REMEMBERED_BITS);

/**
 * Servers as JSON texts. A text is a pure function of row, writer and host status, and all three are compared, so none
 * can be out of date: the store gives the same object for the same row. Every answer asks the policy and looks at the
 * host.
 */
export class ServerTexts {
  readonly #write: WriteServer;

  constructor(shape: ServerShape, links: Links) {
    this.#write = writerFor(shape, links);
  }

  of(instance: Instance, hostStatus: HostStatus | undefined): string {
    const write = this.#write;
    const kept = texts.get(instance.id);
    if (kept?.instance === instance && kept.write === write && kept.hostStatus === hostStatus)
      return kept.text;
    const text = write(instance, hostStatus);
    if (kept !== undefined || seen.again(instance.id)) {
      texts.set(instance.id, { instance, write, hostStatus, text });
    }
    return text;
  }
}

function writerFor(shape: ServerShape, links: Links): WriteServer {
  const { version, occasion, audience } = shape;
  const { extended, extraSpecs, admin } = audience;
  const name = `${version} ${occasion} ${extended} ${extraSpecs} ${admin} ${links.versioned} ${links.unversioned}`;
  const known = writers.get(name);
  if (known !== undefined) return known;
  const write = serverWriter(shape, links);
  writers.set(name, write);
  return write;
}
