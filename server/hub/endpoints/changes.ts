/** `GET /v1/changes`: the stream for clients that poll and want no gaps. */
import type { ResetReason } from '../../../client-sdk/protocol/downstream.ts';
import type { Duration } from '../../domain/clock.ts';
import { type Refusal, type RequestHandler, refusal, refused } from '../../socket/handshake.ts';
import type { StreamName } from '../../store.ts';
import { statesIn, viewOf } from '../../stream/view.ts';
import { type Steps, timeSlices } from '../../time-slices.ts';
import type { HubContext } from '../connection/context.ts';
import { type Audience, healthOf } from '../connection/observer.ts';
import { placeFor } from '../connection/place.ts';
import { deniedBy } from './admission.ts';
import { type PollAnswer, PollSession } from './long-poll.ts';
import { NOT_ENTITLED, type Opening, openStream } from './open-stream.ts';
import type { EndpointHost } from './stream.ts';

/** Longer waits are ended after this: proxies, load balancers and clients commonly give up after a minute. */
const LONGEST_WAIT: Duration = 55_000;

export function createChanges(context: HubContext, host: EndpointHost): RequestHandler {
  return async (request, address) => {
    const found = await openStream(request, address, context, host, (query) => query.get('after'));
    if ('refuse' in found) return refused(found);
    const wait = waitOf(found.query);
    if (wait === undefined) return refused(BAD_WAIT);
    const taken = placeFor(found.authenticated.identity, context);
    if ('denied' in taken) return refused(deniedBy(taken.denied));
    context.connections.take(taken.place);
    const session = new PollSession(context, found, address);
    context.connections.add(session);
    const { signal } = request;
    const gone = () => session.terminate();
    signal.addEventListener('abort', gone, { once: true });
    try {
      return await (found.subscribe.cursor === undefined
        ? present(found, context)
        : session
            .changes(wait)
            .then((answer) => toResponse(answer, audienceOf(found.entitlement.stream), context)));
    } finally {
      signal.removeEventListener('abort', gone);
      session.end();
      context.connections.remove(session, taken.place);
    }
  };
}

/** The present state: where a client starts, and starts over. */
async function present({ subscribe, entitlement }: Opening, context: HubContext): Promise<Response> {
  const { stream } = entitlement;
  const view = viewOf(subscribe, entitlement);
  const { place, items } = await context.snapshots.read(stream);
  context.events.subscribed?.('snapshot', undefined);
  const head = JSON.stringify({
    how: 'snapshot',
    cursor: context.cursors.seal(stream, place, view),
    epoch: context.store.epoch,
    seq: place.seq,
  });
  const health = JSON.stringify(healthOf(context.observer, audienceOf(stream), context.clock.now()));
  const shown = statesIn(view, items);
  const parts = await timeSlices.run(function* (): Steps<string[]> {
    const made: string[] = [];
    for (let n = 0; n < shown.length; n += MADE_AT_ONCE) {
      made.push(JSON.stringify(shown.slice(n, n + MADE_AT_ONCE)).slice(1, -1));
      yield;
    }
    return made;
  });
  const text = `${head.slice(0, -1)},"items":[${parts.join(',')}],"health":${health}}`;
  return new Response(text, { headers: { ...NO_STORE.headers, 'Content-Type': 'application/json' } });
}

/** Servers whose text is made in one step: a project may have hundreds of thousands. */
const MADE_AT_ONCE = 200;

function toResponse(answer: PollAnswer, audience: Audience, context: HubContext): Response {
  const { observer, events, clock, store } = context;
  if (answer.is === 'reset') {
    events.subscribed?.('reset', answer.reason);
    return Response.json({ error: resetOf(answer.reason) }, { ...NO_STORE, status: 410 });
  }
  if (answer.is === 'forbidden') return refused(NOT_ENTITLED);
  if (answer.is === 'void') return refused(refusal(401, 'unauthorized', 'The token is not valid any more'));
  const { cursor, seq, items, more } = answer;
  // The items are the log's own text.
  const health = JSON.stringify(healthOf(observer, audience, clock.now()));
  const text = `{"how":"resumed","cursor":"${cursor}","epoch":"${store.epoch}","seq":${seq},"items":[${items.join(',')}],"more":${more},"health":${health}}`;
  return new Response(text, { headers: { ...NO_STORE.headers, 'Content-Type': 'application/json' } });
}

function audienceOf(stream: StreamName): Audience {
  return stream === 'hosts' ? 'operators' : 'owners';
}

function resetOf(reason: ResetReason) {
  const message = 'after: cannot be resumed from; ask without it for the present state, and go on from there';
  return { code: 'reset', reason, message };
}

function waitOf(query: URLSearchParams): Duration | undefined {
  const text = query.get('wait') ?? '0';
  return /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Math.min(Number(text) * 1_000, LONGEST_WAIT) : undefined;
}

const BAD_WAIT: Refusal = refusal(400, 'invalid', 'wait: must be seconds, such as 30; at most 55 are waited');
const NO_STORE = { headers: { 'Cache-Control': 'no-store' } };
