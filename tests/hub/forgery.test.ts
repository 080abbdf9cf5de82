/** Cursors that were not given for what they are used for, and questions about what is another's, by every way in. */
import { createHmac, randomBytes } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServerState } from '../../client-sdk/protocol/items.ts';
import { createHistory } from '../../server/hub/endpoints/history.ts';
import { projectStream, type StreamName } from '../../server/ports/log.ts';
import { Cursors, MAX_SEQ } from '../../server/stream/cursor.ts';
import type { StreamView } from '../../server/stream/view.ts';
import { WAYS, type Way } from '../support/clients/follower.ts';
import { openTestStore, type TestStore } from '../support/store.ts';
import { StreamWorld } from '../support/stream-world.ts';

const test = suite<{ w: StreamWorld; own: string }>('forgery', {} as never);

test.before.each(async (context) => {
  const w = await StreamWorld.open({ maxReplay: 50 });
  context.w = w;
  await w.service();
  context.own = (await w.server()).id;
  await w.server({ projectId: 'p2' });
  for (let n = 0; n < 6; n++) await w.change('c1', { live: n % 2 === 1 });
});
test.after.each(async ({ w }) => {
  await w.close();
});

interface Outcome {
  readonly how: string;
  readonly reason: string | undefined;
  /** The answer to a client that begins without a cursor. */
  readonly servers: readonly string[];
}

const OUTCOMES: Record<Way, (w: StreamWorld, cursor: string) => Promise<Outcome>> = {
  async socket(w, cursor) {
    const client = await w.client();
    client.subscribe({ cursor });
    const servers: string[] = [];
    for (;;) {
      const frame = await client.frame();
      if (frame.type === 'snapshot')
        servers.push(...(frame.items as ServerState[]).map((it) => it.server_id));
      if (frame.type !== 'synced') continue;
      client.ws.close();
      return { how: frame.how, reason: frame.reason, servers };
    }
  },
  async events(w, cursor) {
    const reader = w.reader('', { lastEventId: cursor });
    const servers: string[] = [];
    for (;;) {
      const { event, data } = await reader.next();
      if (event === 'snapshot')
        servers.push(...JSON.parse(data).items.map((it: ServerState) => it.server_id));
      if (event !== 'synced') continue;
      reader.cut();
      const { how, reason } = JSON.parse(data);
      return { how, reason, servers };
    }
  },
  async poll(w, cursor) {
    const { status, json } = await w.poll(`?after=${encodeURIComponent(cursor)}`);
    if (status === 200) return { how: json.how, reason: undefined, servers: [] };
    assert.is(status, 410);
    const fresh = await w.poll();
    return {
      how: json.error.code,
      reason: json.error.reason,
      servers: fresh.json.items.map((it: ServerState) => it.server_id),
    };
  },
};

const own = projectStream('p1');

/** A text of our form, whatever it says, signed as by someone who has the key, or has not. */
function signed(place: string, key: Uint8Array): string {
  const signature = createHmac('sha256', key).update(place).digest().subarray(0, 16);
  return `${Buffer.from(place).toString('base64url')}.${signature.toString('base64url')}`;
}

type Make = (log: { epoch: string; signingKey: Uint8Array }, seal: Seal) => string;
/** A cursor of the world's own log, with the entries of its rows. */
type Seal = (seq: number, of?: { stream?: StreamName; view?: StreamView; entry?: number }) => string;

const FORGED: [what: string, make: Make, reason: string][] = [
  ['made up', () => 'my-cursor', 'invalid'],
  ['cut short', (_, seal) => seal(3).slice(0, -1), 'invalid'],
  ['without its sealed part', (_, seal) => seal(3).split('.').slice(0, 2).join('.'), 'invalid'],
  ['with an empty sealed part', (_, seal) => `${seal(3).split('.').slice(0, 2).join('.')}.`, 'invalid'],
  ['padded', (_, seal) => `${seal(3)}=`, 'invalid'],
  ['two in one', (_, seal) => `${seal(3)}.${seal(3)}`, 'invalid'],
  [
    'of this epoch that was sealed for another',
    ({ epoch, signingKey }) =>
      new Cursors({ epoch: 'other', signingKey })
        .seal(own, { seq: 3, entry: 0 })
        .replace('.other.', `.${epoch}.`),
    'invalid',
  ],
  [
    'sealed with another key',
    ({ epoch }) => new Cursors({ epoch, signingKey: randomBytes(32) }).seal(own, { seq: 3, entry: 0 }),
    'invalid',
  ],
  ['signed with another key', ({ epoch }) => signed(`3.${epoch}.${own}`, randomBytes(32)), 'invalid'],
  [
    'of a place before the first',
    ({ epoch, signingKey }) => signed(`-1.${epoch}.${own}`, signingKey),
    'invalid',
  ],
  [
    'of a number too large',
    ({ epoch, signingKey }) => signed(`9007199254740993.${epoch}.${own}`, signingKey),
    'invalid',
  ],
  [
    'of another log',
    () => new Cursors({ epoch: 'other', signingKey: randomBytes(32) }).seal(own, { seq: 3, entry: 0 }),
    'epoch',
  ],
  [
    "of another log with this one's key",
    ({ signingKey }) => new Cursors({ epoch: 'other', signingKey }).seal(own, { seq: 3, entry: 0 }),
    'epoch',
  ],
  [
    'of the older form, for a row that it cannot know',
    ({ epoch, signingKey }) => signed(`3.${epoch}.${own}`, signingKey),
    'epoch',
  ],
  ["another owner's", (_, seal) => seal(3, { stream: projectStream('p2') }), 'foreign'],
  ["the operators'", (_, seal) => seal(3, { stream: 'hosts' }), 'foreign'],
  ['of the future', (_, seal) => seal(8), 'ahead'],
  ['of the far future', (_, seal) => seal(MAX_SEQ), 'ahead'],
  ['of another history of this log', (_, seal) => seal(3, { entry: 12 }), 'epoch'],
  ['of the future of another history', (_, seal) => seal(8, { entry: 12 }), 'epoch'],
  ['of one who was shown less', (_, seal) => seal(3, { view: { visibility: 'unknown-only' } }), 'filter'],
  [
    'of one who asked for less',
    (_, seal) => seal(3, { view: { visibility: 'all', servers: new Set() } }),
    'filter',
  ],
];

/** Seals as the world's server does. */
async function sealing(w: StreamWorld): Promise<Seal> {
  const cursors = new Cursors(w.store);
  const { headEntry } = await w.store.bounds(own);
  return (seq, { stream = own, view, entry = headEntry } = {}) => cursors.seal(stream, { seq, entry }, view);
}

for (const way of WAYS) {
  for (const [what, make, reason] of FORGED) {
    test(`${way}: a cursor ${what} opens nothing, and says so`, async ({ w, own: server }) => {
      const outcome = await OUTCOMES[way](w, make(w.store, await sealing(w)));
      assert.equal(outcome, { how: 'reset', reason, servers: [server] });
    });
  }

  test(`${way}: the same cursor, as it was given, resumes`, async ({ w }) => {
    const outcome = await OUTCOMES[way](w, (await sealing(w))(3));
    assert.equal(outcome, { how: 'resumed', reason: undefined, servers: [] });
  });
}

test('no letter of a cursor can be changed, and none left out', async ({ w }) => {
  const cursors = new Cursors(w.store);
  const good = cursors.seal(own, { seq: 3, entry: 5 });
  const bounds = { head: 9, floor: 1, headEntry: 5, floorEntry: 0, entry: 5 };
  const circumstances = { stream: own, bounds, maxReplay: 50, entryAt: async () => 5 } as const;
  assert.equal(await cursors.judge(good, circumstances), { after: { seq: 3, entry: 5 } });
  for (let at = 0; at < good.length; at++) {
    for (const letter of ['A', 'z', '0', '_', '.', '=', '']) {
      const bad = good.slice(0, at) + letter + good.slice(at + 1);
      if (bad !== good) assert.ok('reset' in (await cursors.judge(bad, circumstances)), bad);
    }
  }
});

/** The same store, which writes down what it is asked, without the names asked about. */
function listening(test: TestStore, asked: string[]): TestStore {
  const store = new Proxy(test.store, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        asked.push(String(name));
        return value.apply(target, given);
      };
    },
  });
  return { ...test, store, close: () => test.close() };
}

const QUESTIONS: [
  what: string,
  ask: (w: StreamWorld, of: { project: string; server: string }) => Promise<unknown>,
][] = [
  [
    'a project, by socket',
    async (w, { project }) => (await w.client()).subscribe({ project_id: project }).said(),
  ],
  [
    'a server, by socket',
    async (w, { server }) => {
      const client = (await w.client()).subscribe({ servers: [server] });
      return [await client.frame(), await client.frame()];
    },
  ],
  ['a project, by event stream', (w, { project }) => w.reader(`?project_id=${project}`).status()],
  ['a project, by poll', (w, { project }) => w.poll(`?project_id=${project}`)],
  ['a server, by poll', (w, { server }) => w.poll(`?servers=${server}`)],
  [
    'the history of a server',
    async ({ store, authenticator, policy }, { server }) => {
      const history = createHistory({ store, authenticator, policy, catchUp: async () => undefined });
      const headers = { 'X-Auth-Token': 'owner' };
      const answer = await history(
        new Request(`http://h/v1/history?server=${server}`, { headers }),
        undefined,
      );
      return [answer.status, await answer.json()];
    },
  ],
];

test('a foreign id is answered exactly like one that does not exist', async () => {
  const asked: string[] = [];
  const w = await StreamWorld.open(
    {},
    { store: async (clock) => listening(await openTestStore({ clock }), asked) },
  );
  try {
    await w.service();
    const { id } = await w.server({ projectId: 'p2' });
    const theirs = { project: 'p2', server: id };
    const never = { project: 'p9', server: 'never' };
    for (const [what, ask] of QUESTIONS) {
      const answers = [];
      // Asked once before, so that the first answer does not differ.
      for (const of of [never, never, theirs]) {
        asked.length = 0;
        const answer = JSON.stringify(await ask(w, of))
          // Sealed: random text, of one length, in which the ids may occur.
          .replaceAll(/2\.[\w-]+\.[\w-]{86}/g, 'CURSOR')
          .replaceAll(of.server, 'S')
          .replaceAll(of.project, 'P');
        answers.push({ answer, asked: [...asked] });
      }
      assert.equal(answers[2], answers[1], what);
    }
  } finally {
    await w.close();
  }
});

test.run();
