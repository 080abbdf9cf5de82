/** The file of HOSTBEAT_RECEIVERS_FILE: named tokens for monitors, each limited to zones or hosts. */
import { isPrintableName } from '../../domain/names.ts';
import { nearest } from '../nearest.ts';
import { BadValue } from '../values.ts';
import { yaml } from './yaml.ts';

/** A monitor that may force down the compute services of these zones and hosts, and no others. */
export interface ReceiverToken {
  readonly name: string;
  readonly token: string;
  readonly zones: readonly string[];
  readonly hosts: readonly string[];
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;
const KEYS = ['token', 'token_file', 'zones', 'hosts'];
const SHORTEST_TOKEN = 16;
const LONGEST_TEXT = 255;
const MOST_RECEIVERS = 1_000;
const MOST_LIMITS = 10_000;

interface ReadFiles {
  exists(path: string): boolean;
  read(path: string): string;
}

/** The receivers of the file at `path`; none if anything is wrong. @param wrong called with the problem */
export function receiversOf(
  path: string | undefined,
  receiverToken: string | undefined,
  files: ReadFiles,
  wrong: (problem: string) => void,
): readonly ReceiverToken[] {
  if (path === undefined) return [];
  if (!files.exists(path)) {
    wrong(`there is no file ${path}; name one that exists`);
    return [];
  }
  try {
    const receivers = readReceivers(files.read(path), (file) => files.read(file));
    const same = receivers.find(({ token }) => token === receiverToken);
    if (same === undefined) return receivers;
    wrong(`${path} gives "${same.name}" the token of HOSTBEAT_RECEIVER_TOKEN; give each its own`);
  } catch (error) {
    wrong(`${path} ${error instanceof BadValue ? error.message : 'cannot be read'}`);
  }
  return [];
}

/**
 * @param read reads the file that a `token_file` names
 * @throws BadValue naming the receiver and what is wrong with it; never a token
 */
function readReceivers(text: string, read: (path: string) => string): readonly ReceiverToken[] {
  const receivers = Object.entries(mappingOf(text)).map(([name, given]) => receiverOf(name, given, read));
  if (receivers.length > MOST_RECEIVERS)
    throw new BadValue(`names ${receivers.length} receivers; ${MOST_RECEIVERS} is the most`);
  for (const [index, { name, token }] of receivers.entries()) {
    const other = receivers.slice(0, index).find((before) => before.token === token);
    if (other !== undefined)
      throw new BadValue(`gives "${other.name}" and "${name}" the same token; give each its own`);
  }
  return receivers;
}

function mappingOf(text: string): Readonly<Record<string, unknown>> {
  let document: unknown;
  try {
    document = yaml().parse(text);
  } catch (error) {
    // Not the parser's own words: they quote the line, and a line may hold a token.
    const { code, linePos } = error as {
      readonly code?: string;
      readonly linePos?: readonly { line: number }[];
    };
    const where = linePos?.[0] === undefined ? '' : ` (line ${linePos[0].line})`;
    throw new BadValue(code === 'DUPLICATE_KEY' ? `gives a name twice${where}` : `is not YAML${where}`);
  }
  if (!isMapping(document))
    throw new BadValue('must hold receivers by name, such as "az1: {token_file: …, zones: [az1]}"');
  return document;
}

function receiverOf(name: string, given: unknown, read: (path: string) => string): ReceiverToken {
  const wrong = (what: string) => new BadValue(`: receiver "${name.slice(0, 64)}" ${what}`);
  if (!NAME.test(name)) throw wrong('must be named by letters, digits, ".", "_" and "-", at most 63 of them');
  if (!isMapping(given)) throw wrong('must have token or token_file, and zones or hosts');
  for (const key of Object.keys(given)) {
    if (KEYS.includes(key)) continue;
    const near = nearest(key, KEYS);
    throw wrong(
      `has the unknown key "${key}"${near === undefined ? `; there are ${KEYS.join(', ')}` : `; did you mean ${near}?`}`,
    );
  }
  const zones = limitOf(given.zones);
  const hosts = limitOf(given.hosts);
  if (zones === undefined) throw wrong(`must list its zones as printable texts, ${MOST_LIMITS} at most`);
  if (hosts === undefined) throw wrong(`must list its hosts as printable texts, ${MOST_LIMITS} at most`);
  if (zones.length + hosts.length === 0)
    throw wrong('has no limit; list its zones or its hosts, or use HOSTBEAT_RECEIVER_TOKEN for all hosts');
  return { name, token: tokenOf(given, wrong, read), zones, hosts };
}

function tokenOf(
  { token, token_file: file }: Readonly<Record<string, unknown>>,
  wrong: (what: string) => BadValue,
  read: (path: string) => string,
): string {
  if ((token === undefined) === (file === undefined)) throw wrong('must have either token or token_file');
  if (file !== undefined && typeof file !== 'string') throw wrong('must name its token_file by a path');
  let text = token;
  if (typeof file === 'string') {
    try {
      text = read(file).trim();
    } catch {
      throw wrong(`names the token_file ${file}, which cannot be read`);
    }
  }
  if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text))
    throw wrong('must have a token of printable ASCII without spaces');
  if (text.length < SHORTEST_TOKEN)
    throw wrong(`has a token of ${text.length} characters; ${SHORTEST_TOKEN} is the least`);
  return text;
}

/** Undefined if it is not a list of texts. */
function limitOf(given: unknown): readonly string[] | undefined {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given) || given.length > MOST_LIMITS) return undefined;
  const isText = (one: unknown) =>
    typeof one === 'string' && one !== '' && one.length <= LONGEST_TEXT && isPrintableName(one);
  return given.every(isText) ? given : undefined;
}

function isMapping(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}
