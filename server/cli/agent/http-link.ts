/** Reports by `POST /v1/reports`, for networks that block WebSockets. Its last report says goodbye. */
import type { ReportsAnswer } from '../../../client-sdk/protocol/agent.ts';
import type { ServiceKey } from '../../domain/service.ts';
import { MOST_OF_AN_ANSWER } from '../connection/own-answer.ts';
import { unreachableReason } from '../connection/unreachable.ts';
import { batches } from './batches.ts';
import { type AgentLink, LinkLost, type OpenLink } from './link.ts';
import { linkRefused } from './refusal.ts';

/** A server that is away must not delay an agent that leaves. */
const GOODBYE_TIMEOUT_MS = 1_000;

export function httpLink(url: string): OpenLink {
  return async (token, _events, stop) => {
    const lost = new AbortController();
    let services: readonly ServiceKey[] = [];
    const link: AgentLink = {
      lost: lost.signal,
      reportIntervalMs: undefined,
      async report(given, timeoutMs) {
        try {
          const answer = await post(url, token, { reports: given }, timeoutMs, stop);
          if (!services.includes(given[0] as ServiceKey)) services = [...services, ...given];
          return answer;
        } catch (error) {
          lost.abort(error);
          throw error;
        }
      },
      async close(farewell) {
        if (farewell === undefined || lost.signal.aborted) return;
        const ttl = farewell.reason === 'restart' ? { ttl_ms: farewell.ttlMs } : {};
        for (const reports of batches(services)) {
          const body = { reports, goodbye: { reason: farewell.reason, ...ttl } };
          await post(url, token, body, GOODBYE_TIMEOUT_MS, new AbortController().signal).catch(
            () => undefined,
          );
        }
      },
      drop() {
        if (!lost.signal.aborted) lost.abort(new LinkLost('closed', 'dropped'));
      },
    };
    return link;
  };
}

async function post(
  url: string,
  token: string,
  body: object,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<ReportsAnswer> {
  // One controller for each call: a signal that lives as long as the process would accumulate derived ones.
  const call = new AbortController();
  const abort = () => call.abort();
  const timer = setTimeout(abort, timeoutMs);
  stop.addEventListener('abort', abort);
  try {
    const answer = await fetch(`${url}/v1/reports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-auth-token': token },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: call.signal,
    });
    if (answer.ok) return answerIn(await answer.text(), url);
    const text = (await answer.text()).slice(0, MOST_OF_AN_ANSWER);
    const { status, headers } = answer;
    const refusal = {
      status,
      text,
      retryAfter: headers.get('retry-after'),
      location: headers.get('location'),
    };
    throw linkRefused(url, refusal, 'to a report');
  } catch (error) {
    if (error instanceof LinkLost) throw error;
    const why = call.signal.aborted ? `no answer within ${timeoutMs} ms` : unreachableReason(error);
    throw new LinkLost('unreachable', `cannot reach ${url} (${why})`);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', abort);
  }
}

/** A proxy's page may come with status 200. @throws LinkLost */
function answerIn(text: string, url: string): ReportsAnswer {
  try {
    const answer = JSON.parse(text) as ReportsAnswer | null;
    if (Array.isArray(answer?.services) && Array.isArray(answer.rejected)) return answer;
  } catch {
    // The text is not JSON.
  }
  throw new LinkLost(
    'unreachable',
    `${url} answers a report, but not as hostbeat does: is a proxy in between?`,
  );
}
