/**
 * Messages between nodes, as one line of text: the services that a node has received reports from since its last
 * message, and its place in the group. PostgreSQL carries at most 7 900 bytes in a message; a longer one is split, and
 * what must come last is in its last part. Sealed with a key from the database, because every role of the database may
 * use a channel.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseJson } from '../parse-json.ts';
import type { Departed } from '../ports/nodes.ts';
import type { SettingDigests } from './settings.ts';

export interface Digest {
  /** Sender's number. */
  readonly from: number;
  /** Grows with each message of the sender. */
  readonly n: number;
  readonly heard: readonly number[];
  readonly departed: readonly Departed[];
  /** The sender leads with this fence. */
  readonly leads?: number;
  /** Nodes from which the sender receives digests. */
  readonly peers: readonly number[];
  /** The last commit that the sender has announced. */
  readonly tail: number;
  /** What keeps the sender from its work, in words. */
  readonly trouble?: string;
  /** The sender asks a question; everything that answers it comes before or with `answers`. */
  readonly ask?: number;
  /** Questions of other nodes that this message, and those before it, answer, as [node, question]. */
  readonly answers: readonly (readonly [number, number])[];
  /** Digests of the settings that should be the same on every node; see `settings.ts`. */
  readonly settings?: SettingDigests;
  /** `leaving`: it hands over. `left`: it has gone on purpose. */
  readonly state?: 'leaving' | 'left';
}

/** Most services, departures and answers in one message. */
const HEARD = 1_000;
const DEPARTED = 25;
const ANSWERS = 20;
const MAC_CHARACTERS = 16;

export type DigestKey = (text: string) => string;

export function digestKey(signingKey: Uint8Array): DigestKey {
  const key = createHmac('sha256', signingKey).update('hostbeat nodes 1').digest();
  return (text) => createHmac('sha256', key).update(text).digest('base64url').slice(0, MAC_CHARACTERS);
}

/** @param next gives the number of each part */
export function written(digest: Omit<Digest, 'n'>, next: () => number, mac: DigestKey): string[] {
  const { heard, departed, ask, answers, state, trouble, ...rest } = digest;
  const sorted = [...heard].sort((a, b) => a - b);
  const parts = Math.max(
    1,
    Math.ceil(sorted.length / HEARD),
    Math.ceil(departed.length / DEPARTED),
    Math.ceil(answers.length / ANSWERS),
  );
  return Array.from({ length: parts }, (_, part) => {
    const isLast = part === parts - 1;
    const head = {
      ...rest,
      n: next(),
      ...(trouble === undefined ? {} : { trouble: trouble.slice(0, 200) }),
      departed: departed.slice(part * DEPARTED, (part + 1) * DEPARTED),
      ...(isLast ? { answers: answers.slice(-ANSWERS) } : { answers: [] }),
      ...(isLast && ask !== undefined ? { ask } : {}),
      ...(isLast && state !== undefined ? { state } : {}),
    };
    const text = `1 ${packed(sorted.slice(part * HEARD, (part + 1) * HEARD))} ${JSON.stringify(head)}`;
    return `${mac(text)} ${text}`;
  });
}

/** Undefined for a message that none of our nodes has written, or of an unknown version. */
export function read(message: string, mac: DigestKey): Digest | undefined {
  const [, seal = '', text = ''] = /^(\S{16}) (.*)$/s.exec(message) ?? [];
  const own = Buffer.from(mac(text));
  const given = Buffer.from(seal);
  if (own.length !== given.length || !timingSafeEqual(own, given)) return undefined;
  const [, version, ids = '', head = ''] = /^(\d+) (\S*) (.*)$/s.exec(text) ?? [];
  if (version !== '1') return undefined;
  return { ...(parseJson(head) as Omit<Digest, 'heard'>), heard: unpacked(ids) };
}

/** Ascending numbers as differences, in bytes of seven bits each. */
export function packed(sorted: readonly number[]): string {
  const bytes: number[] = [];
  let before = 0;
  for (const id of sorted) {
    let rest = id - before;
    before = id;
    while (rest >= 128) {
      bytes.push((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    bytes.push(rest);
  }
  return Buffer.from(bytes).toString('base64url');
}

export function unpacked(text: string): number[] {
  const ids: number[] = [];
  let id = 0;
  let rest = 0;
  let weight = 1;
  for (const byte of Buffer.from(text, 'base64url')) {
    rest += (byte & 127) * weight;
    weight *= 128;
    if (byte >= 128) continue;
    id += rest;
    ids.push(id);
    rest = 0;
    weight = 1;
  }
  return ids;
}
