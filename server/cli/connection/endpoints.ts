/** Several addresses of one hostbeat, and the one in use. */
import { BadValue, parseBaseUrl } from '../../config/values.ts';
import type { Terminal } from '../support/terminal.ts';
import { ownMessage } from './own-answer.ts';
import { unreachableReason } from './unreachable.ts';

/** Splits addresses at commas and removes repeats. @throws BadValue */
export function parseBaseUrls(text: string): readonly string[] {
  const urls = text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  if (urls.length === 0) throw new BadValue('must name a server, such as https://compute.example.org');
  return [...new Set(urls.map(parseBaseUrl))];
}

/** One is in use at a time. When it fails the next one is, in the given order. */
export class ServerList<T extends { readonly url: string }> {
  readonly all: readonly T[];
  #at = 0;

  constructor(all: readonly T[]) {
    this.all = all;
  }

  get current(): T {
    return this.all[this.#at] as T;
  }

  get areSeveral(): boolean {
    return this.all.length > 1;
  }

  moveOn(): void {
    this.#at = (this.#at + 1) % this.all.length;
  }
}

/** How long one of several may take to answer before the next is tried. */
const ANSWER_MS = 3_000;

/**
 * The first that answers and is ready; else the first that answers at all; else the first. A proxy that redirects or
 * shows a page does not count as an answer. A single address is used without a test.
 */
export async function firstThatAnswers(
  urls: readonly string[],
  terminal: Pick<Terminal, 'err'>,
): Promise<string> {
  const [first = ''] = urls;
  if (urls.length <= 1) return first;
  let unready: string | undefined;
  for (const url of urls) {
    const why = await whyNotUsed(url);
    if (why === undefined) return url;
    if (why.answers) unready ??= url;
    terminal.err(`hostbeat: ${url} ${why.words}\n`);
  }
  return unready ?? first;
}

async function whyNotUsed(url: string): Promise<{ answers: boolean; words: string } | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const answer = await fetch(`${url}/readyz`, { signal, redirect: 'manual' });
    const text = await answer.text();
    const isOwn = (answer.ok || answer.status === 503) && /"ready":\s*(true|false)/.test(text);
    if (isOwn && answer.ok) return undefined;
    if (isOwn) return { answers: true, words: 'is not ready' };
    const by = ownMessage(text) === undefined ? ', not in the words of hostbeat' : '';
    return { answers: false, words: `answers ${answer.status}${by}` };
  } catch (error) {
    return { answers: false, words: `does not answer (${unreachableReason(error)})` };
  }
}
