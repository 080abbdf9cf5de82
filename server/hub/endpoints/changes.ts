/** `GET /v1/changes`: the stream for clients that poll and must not miss a change. */
import type { ResetReason } from '../../../client-sdk/protocol/downstream.ts';
import type { Duration } from '../../domain/clock.ts';
import { DomainError, retryAfterOf } from '../../domain/errors.ts';
import type { StreamName } from '../../ports/log.ts';
import { type Refusal, type RequestHandler, refusal, refused } from '../../socket/handshake.ts';
import { itemEpoch } from '../../stream/item-epoch.ts';
import { LONGEST_READ, nextOf, type StreamSnapshot } from '../../stream/snapshot.ts';
import { viewOf } from '../../stream/view.ts';
import type { HubContext } from '../connection/context.ts';
import { type HealthAudience, healthOf } from '../connection/observer.ts';
import { placeFor } from '../connection/place.ts';
import { type AdmissionContext, deniedBy, RETRY_SECONDS } from './admission.ts';
import { type PollAnswer, type PollContext, PollSession } from './long-poll.ts';
import { NOT_ENTITLED, type Opening, openStream } from './open-stream.ts';
import { snapshotBody } from './snapshot-body.ts';
import type { EndpointHost } from './stream.ts';

export type ChangesContext = AdmissionContext &
  PollContext &
  Pick<HubContext, 'events' | 'observer' | 'snapshots'>;

/** Longest wait: proxies, load balancers and clients commonly give up after a minute. */
const LONGEST_WAIT: Duration = 55_000;

export function createChanges(context: ChangesContext, host: EndpointHost): RequestHandler {
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
    const leave = () => {
      signal.removeEventListener('abort', gone);
      session.end();
      context.connections.remove(session, taken.place);
    };
    let sending: Promise<void> | undefined;
    try {
      if (found.subscribe.cursor !== undefined) {
        const answer = await session.changes(wait);
        return toResponse(answer, audienceOf(found.entitlement.stream), context);
      }
      const shown = await present(found, context);
      sending = shown.over;
      return shown.response;
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'unavailable') throw error;
      return refused(refusal(503, 'unavailable', error.message, retryAfterOf(error) ?? RETRY_SECONDS));
    } finally {
      // A snapshot that is still being sent keeps its place in the limit.
      if (sending === undefined) leave();
      else void sending.then(leave);
    }
  };
}

interface Shown {
  readonly response: Response;
  /** Absent if the response is complete. */
  readonly over?: Promise<void>;
}

/** The current state, from which a client starts, and starts over. */
function present({ subscribe, entitlement }: Opening, context: ChangesContext): Promise<Shown> {
  const { stream } = entitlement;
  const { snapshots, slices, cursors, events, store, observer, clock, setTimer } = context;
  const view = viewOf(subscribe, entitlement);
  return new Promise((resolve, reject) => {
    const use = async (snapshot: StreamSnapshot): Promise<void> => {
      const place = snapshot.placeBy(view.visibility);
      events.subscribed?.('snapshot', undefined);
      const cursor = cursors.seal(stream, place, view);
      const { entry } = await store.bounds(stream);
      const epoch = itemEpoch(store.epoch, entry, view.visibility);
      const first = JSON.stringify({ how: 'snapshot', cursor, epoch, seq: place.seq });
      const health = JSON.stringify(healthOf(observer, audienceOf(stream), clock.now()));
      const head = `${first.slice(0, -1)},"items":[`;
      const tail = `],"health":${health}}`;
      if (snapshot.isSmall) {
        const texts: string[] = [];
        const read = snapshot.parts(view);
        const put = (list: Uint8Array) => texts.push(decoder.decode(list));
        while (await slices.run(() => nextOf(read, put), undefined, stream));
        resolve({ response: new Response(`${head}${texts.join(',')}${tail}`, JSON_ANSWER) });
        return;
      }
      const body = snapshotBody({ head, lists: snapshot.parts(view), tail, slices, key: stream });
      const cancel = setTimer(() => body.end(), LONGEST_READ);
      resolve({ response: new Response(body.stream, JSON_ANSWER), over: body.over });
      await body.over;
      cancel();
    };
    snapshots.read(stream, use).catch(reject);
  });
}

function toResponse(answer: PollAnswer, audience: HealthAudience, context: ChangesContext): Response {
  const { observer, events, clock } = context;
  if (answer.is === 'reset') {
    events.subscribed?.('reset', answer.reason);
    return Response.json({ error: resetOf(answer.reason) }, { ...NO_STORE, status: 410 });
  }
  if (answer.is === 'forbidden') return refused(NOT_ENTITLED);
  if (answer.is === 'void') return refused(refusal(401, 'unauthorized', 'The token is not valid any more'));
  const { cursor, epoch, seq, items, more } = answer;
  // The items are the log's own text.
  const health = JSON.stringify(healthOf(observer, audience, clock.now()));
  const text = `{"how":"resumed","cursor":"${cursor}","epoch":"${epoch}","seq":${seq},"items":[${items.join(',')}],"more":${more},"health":${health}}`;
  return new Response(text, JSON_ANSWER);
}

function audienceOf(stream: StreamName): HealthAudience {
  return stream === 'hosts' ? 'operators' : 'owners';
}

function resetOf(reason: ResetReason) {
  const message =
    'after: this cursor cannot be resumed; ask without it for the present state, and continue from there';
  return { code: 'reset', reason, message };
}

function waitOf(query: URLSearchParams): Duration | undefined {
  const text = query.get('wait') ?? '0';
  return /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Math.min(Number(text) * 1_000, LONGEST_WAIT) : undefined;
}

const BAD_WAIT: Refusal = refusal(
  400,
  'invalid',
  'wait: must be a number of seconds, such as 30; the most is 55',
);
const decoder = new TextDecoder();
const NO_STORE = { headers: { 'Cache-Control': 'no-store' } };
const JSON_ANSWER = { headers: { ...NO_STORE.headers, 'Content-Type': 'application/json' } };
