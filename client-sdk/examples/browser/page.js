// @ts-check
/** The page's own code: follows the servers of the project and shows them. It never sees a token, only one-use tickets. */
import { connect, HostStatusMap } from '/hostbeat-client/index.js';

const notice = /** @type {HTMLElement} */ (document.querySelector('#notice'));
const rows = /** @type {HTMLElement} */ (document.querySelector('tbody'));

/** Asked before every connect: a ticket opens one connection, within half a minute. */
async function ticket() {
  const answer = await fetch('/ticket', { method: 'POST' });
  if (!answer.ok) throw new Error(`no ticket: ${answer.status}`);
  return answer.text();
}

const url = await (await fetch('/hostbeat-url')).text();
/** `?drills` in the page's address: a drill counts as if it were true, to rehearse. */
const drills = new URLSearchParams(location.search).has('drills');
const client = connect({ url, token: ticket, tokenIn: 'ticket', drills, clientName: 'example-page' });
const servers = new HostStatusMap(client);

servers.synced.then(show, ({ message }) => {
  notice.textContent = message;
});
servers.on('change', show);
servers.on('stale', show);

function show() {
  // What may be out of date is said to be, and stays readable.
  document.body.className = servers.stale ? 'stale' : '';
  notice.textContent = servers.stale ? 'Out of date: reconnecting' : 'Live';
  const sorted = [...servers.values()].sort((a, b) => a.name.localeCompare(b.name));
  rows.replaceChildren(
    ...sorted.map(({ name, host_status, since, facts, drill }) => {
      const row = document.createElement('tr');
      // A server that is both fenced and in maintenance shows one status; the facts show both.
      const fenced = facts?.forced_down && host_status !== 'DOWN' ? ' (forced down)' : '';
      const rehearsed = drill === undefined ? '' : ', in a drill';
      const when = since === undefined ? '' : new Date(since).toLocaleString();
      for (const text of [name, `${host_status ?? ''}${fenced}${rehearsed}`, when]) {
        row.insertCell().textContent = text;
      }
      return row;
    }),
  );
}
