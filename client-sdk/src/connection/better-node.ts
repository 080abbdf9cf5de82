import type { SetTimer } from '../support/timeout.ts';

/** How long a node may take to report its health. */
const ANSWER_MS = 3_000;

/**
 * The first of these nodes that reports that it is ready and sees the hosts well. They are asked without the token. A
 * node that answers without reporting it is not ruled out: only a connection shows its health.
 */
export async function betterNode(
  urls: readonly string[],
  fetch: typeof globalThis.fetch,
  baseUrl: (url: string) => string,
  setTimer: SetTimer,
  stop: AbortSignal,
): Promise<string | undefined> {
  for (const url of urls) {
    const asking = new AbortController();
    const abort = () => asking.abort();
    const cancel = setTimer(abort, ANSWER_MS);
    stop.addEventListener('abort', abort);
    try {
      const answer = await fetch(`${baseUrl(url)}/readyz`, { redirect: 'manual', signal: asking.signal });
      if (isWell(answer.status, await answer.text())) return url;
    } catch {
      // It does not answer.
    } finally {
      cancel();
      stop.removeEventListener('abort', abort);
    }
    if (stop.aborted) return undefined;
  }
  return undefined;
}

function isWell(status: number, text: string): boolean {
  if (status === 404) return true;
  if (status !== 200) return false;
  try {
    const { ready, observer } = JSON.parse(text) as { readonly ready?: unknown; readonly observer?: unknown };
    return ready === true && observer === 'ok';
  } catch {
    return false;
  }
}
