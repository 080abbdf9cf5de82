/** One entry of HOSTBEAT_WITNESS: `tcp:HOST:PORT`. */
import { isIP } from 'node:net';
import { BadValue, parseListen } from './values.ts';

export interface WitnessAddress {
  /** The address as the setting has it. */
  readonly text: string;
  readonly host: string;
  readonly port: number;
}

/** Limit, because each address costs one connection per probe. */
const MOST_WITNESSES = 8;

const NAME = /^(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?$/i;

/** @throws BadValue */
export function parseWitness(text: string): WitnessAddress {
  const [kind] = text.split(':', 1);
  if (kind === 'icmp')
    throw new BadValue(
      'cannot be probed: hostbeat sends no ICMP; name a TCP port that answers, such as tcp:gateway:53',
    );
  if (kind !== 'tcp') throw new BadValue('must be tcp:HOST:PORT, such as tcp:gateway:53 or tcp:[fd00::1]:22');
  let address: { readonly host: string; readonly port: number };
  try {
    address = parseListen(text.slice('tcp:'.length));
  } catch {
    throw new BadValue(
      'must be tcp:HOST:PORT, such as tcp:gateway:53 or tcp:[fd00::1]:22, with a port from 1 to 65535',
    );
  }
  const { host, port } = address;
  if (port === 0) throw new BadValue('names port 0, which nothing listens on; name a port from 1 to 65535');
  if (isIP(host) === 0 && (!NAME.test(host) || /^[\d.]+$/.test(host)))
    throw new BadValue(`names the host "${host}", which is neither a name nor an IP address`);
  return { text, host, port };
}

/** The problems of the setting, each as the end of a sentence that starts with its name. */
export function witnessProblems(witness: readonly string[]): string[] {
  const problems = witness.flatMap((text) => {
    try {
      parseWitness(text);
      return [];
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      return [`: "${text}" ${error.message}`];
    }
  });
  if (witness.length > MOST_WITNESSES)
    problems.push(` names ${witness.length} witnesses; ${MOST_WITNESSES} is the most`);
  return problems;
}
