/** The page: logs in, then follows the stream. It uses the client library as any application does. */
import {
  type Client,
  connect,
  HostStatusMap,
  type StreamKind,
  TokenExpiredError,
} from '../../../client-sdk/src/index.ts';
import { actorsOf } from './actors.ts';
import { Board } from './board.ts';
import { SERVERS, SERVICES, type Shape } from './columns.ts';
import { byId, find, say } from './dom.ts';
import { type Credentials, logIn, logOut, type PageLogin, whereIdentityIs, withToken } from './login.ts';
import { pastOf } from './past.ts';
import { whyOf } from './why.ts';

/** The server's URL, also behind a proxy that adds a prefix to its paths. */
const base = location.origin + location.pathname.replace(/\/dashboard\/?$/, '');

const TRACKER = {
  ok: { text: 'Tracker ok', className: 'up', notice: '' },
  degraded: {
    text: 'Tracker degraded',
    className: 'unknown',
    notice: 'hostbeat may be unable to receive or to record: a silence may be its own fault.',
  },
  paused: {
    text: 'Tracker paused',
    className: 'unknown',
    notice: 'hostbeat was not running and is catching up: what you see is the earlier state.',
  },
  unknown: {
    text: 'Tracker unknown',
    className: 'unknown',
    notice: 'hostbeat has not reported how well it sees: a quiet page proves nothing.',
  },
} as const;

let clients: Client<StreamKind>[] = [];
/** The user of the page; undefined while no user is logged in. */
let current: PageLogin | undefined;

function follow<K extends StreamKind>(session: PageLogin, stream: K, shape: unknown): Board<K> {
  const client = connect({ url: base, token: session.token, stream, clientName: 'hostbeat-dashboard' });
  clients.push(client as unknown as Client<StreamKind>);
  client.on('state', (state) => {
    if (state === 'stopped') leave(`The server refuses: ${client.error?.message}. Log in again.`);
    else showHealth();
  });
  client.on('tracker', showHealth);
  // A token that the user typed in cannot be renewed.
  client.on('error', (error) => {
    if (error instanceof TokenExpiredError) leave('Your token has expired. Log in again.');
  });
  const questions = {
    why: whyOf(base, session.token),
    showActor: actorsOf(base, session.token),
    ...(stream === 'project' ? { past: pastOf(base, session.token) } : {}),
  };
  return new Board(new HostStatusMap(client), shape as Shape<never, never>, questions);
}

function showHealth(): void {
  if (clients.length === 0) return;
  const isLive = clients.every(({ state }) => state === 'live');
  const wasLive = clients.every(({ welcome }) => welcome !== undefined);
  const trackers = clients.map(({ tracker }) => tracker);
  const tracker =
    (['unknown', 'paused', 'degraded'] as const).find((state) => trackers.includes(state)) ?? 'ok';
  show('connection', isLive ? 'Live' : wasLive ? 'Reconnecting' : 'Connecting', isLive ? 'up' : 'unknown');
  show('tracker', TRACKER[tracker].text, TRACKER[tracker].className);
  // The first health frame comes a few seconds after the first state; until then its absence means nothing.
  const isNew = tracker === 'unknown' && performance.now() - began < 7_000;
  const lost = wasLive ? 'The connection is lost; trying again. What you see may be out of date.' : '';
  say(byId('notice'), isLive ? (isNew ? '' : TRACKER[tracker].notice) : lost);
}

let began = 0;
setInterval(showHealth, 1_000);

function show(id: string, text: string, className: string): void {
  say(byId(id), text);
  byId(id).className = `badge ${className}`;
}

function enter(session: PageLogin): void {
  current = session;
  began = performance.now();
  const boards = session.isOperator
    ? [follow(session, 'hosts', SERVICES), follow(session, 'project', SERVERS)]
    : [follow(session, 'project', SERVERS)];
  byId('boards').replaceChildren(...boards.map(({ element }) => element));
  say(byId('who'), `${session.user} in ${session.project}`);
  say(byId('notice'), '');
  arrange(true);
  showHealth();
}

function leave(why: string): void {
  const all = clients;
  clients = [];
  for (const client of all) void client.close();
  byId('boards').replaceChildren();
  say(byId('notice'), why);
  arrange(false);
  find<HTMLInputElement>(byId('login'), '[name=password]').focus();
}

function arrange(isIn: boolean): void {
  for (const id of ['who', 'health', 'leave', 'boards']) byId(id).hidden = !isIn;
  byId('login').hidden = isIn;
}

/** With an external identity service the page has no login and asks for a token instead. */
let elsewhere = false;

whereIdentityIs(base).then((place) => {
  if (place === undefined) return;
  elsewhere = true;
  say(byId('place'), place);
  for (const input of document.querySelectorAll<HTMLInputElement>('#login .by-password input')) {
    input.required = false;
  }
  for (const label of document.querySelectorAll<HTMLElement>('#login .by-password')) label.hidden = true;
  const token = find<HTMLElement>(byId('login'), '.by-token');
  token.hidden = false;
  find<HTMLInputElement>(token, 'input').required = true;
});

byId('leave').addEventListener('click', () => {
  if (current !== undefined && !elsewhere) void logOut(base, current.token);
  current = undefined;
  leave('You are logged out.');
});
byId<HTMLFormElement>('login').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  const button = find<HTMLButtonElement>(form, 'button');
  button.disabled = true;
  say(byId('refused'), '');
  const given = Object.fromEntries(new FormData(form)) as unknown as Credentials & { readonly token: string };
  (elsewhere ? withToken(base, given.token) : logIn(base, given))
    .then(
      (session) => {
        for (const name of ['password', 'token']) find<HTMLInputElement>(form, `[name=${name}]`).value = '';
        enter(session);
      },
      (error: Error) => say(byId('refused'), error.message),
    )
    .finally(() => {
      button.disabled = false;
    });
});
