import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  MAX_TICKETS,
  MAX_TICKETS_OF_USER,
  TICKET_LIFETIME_MS,
  Tickets,
} from '../../../server/identity/tokens/tickets.ts';
import { FakeClock } from '../../support/clock.ts';
import { anIdentity } from '../../support/identity.ts';

const test = suite('tickets');

function world() {
  const clock = new FakeClock();
  return { clock, tickets: new Tickets(clock) };
}
const of = (userId: string, more: Parameters<typeof anIdentity>[0] = {}) => anIdentity({ userId, ...more });

test('a ticket opens one connection, within half a minute', () => {
  const { clock, tickets } = world();
  const { ticket, expiresAt } = tickets.issue(of('u1'));
  assert.is(expiresAt, clock.now() + TICKET_LIFETIME_MS);
  assert.is(tickets.redeem(ticket)?.userId, 'u1');
  assert.is(tickets.redeem(ticket), undefined);
  const late = tickets.issue(of('u1')).ticket;
  clock.advance(TICKET_LIFETIME_MS);
  assert.is(tickets.redeem(late), undefined);
});

test('a ticket ends with the token that it was issued for', () => {
  const { clock, tickets } = world();
  const end = clock.now() + 1_000;
  const { ticket, expiresAt } = tickets.issue(of('u1', { expiresAt: end }));
  assert.is(expiresAt, end);
  clock.advance(1_000);
  assert.is(tickets.redeem(ticket), undefined);
});

test('a user with too many tickets loses its own oldest, and nobody else’s', () => {
  const { tickets } = world();
  const other = tickets.issue(of('u2')).ticket;
  const own = Array.from({ length: MAX_TICKETS_OF_USER }, () => tickets.issue(of('u1')).ticket);
  assert.ok(tickets.redeem(own[1] as string));
  tickets.issue(of('u1'));
  tickets.issue(of('u1'));
  assert.is(tickets.redeem(own[0] as string), undefined);
  assert.ok(tickets.redeem(own[2] as string));
  assert.ok(tickets.redeem(other));
});

test('tickets that were used count no longer', () => {
  const { tickets } = world();
  for (let n = 0; n < MAX_TICKETS_OF_USER; n++) tickets.redeem(tickets.issue(of('u1')).ticket);
  const own = Array.from({ length: MAX_TICKETS_OF_USER + 1 }, () => tickets.issue(of('u1')).ticket);
  assert.is(tickets.redeem(own[0] as string), undefined);
  assert.ok(tickets.redeem(own[1] as string));
});

test('there is a limit of tickets in all: the oldest goes', () => {
  const { tickets } = world();
  const [first, second] = [tickets.issue(of('a')).ticket, tickets.issue(of('b')).ticket];
  for (let n = 2; n <= MAX_TICKETS; n++) tickets.issue(of(`u${n}`));
  assert.is(tickets.redeem(first), undefined);
  assert.ok(tickets.redeem(second));
});

test('tickets of a user or of a project whose rights ended are void, others stay', () => {
  const { tickets } = world();
  const issued = {
    user: tickets.issue(of('u1')).ticket,
    project: tickets.issue(of('u2', { projectId: 'p2' })).ticket,
    other: tickets.issue(of('u3', { projectId: 'p3' })).ticket,
  };
  tickets.revoke({ userId: 'u1' });
  tickets.revoke({ projectId: 'p2' });
  tickets.revoke({ userId: 'u3', projectId: 'p9' });
  assert.is(tickets.redeem(issued.user), undefined);
  assert.is(tickets.redeem(issued.project), undefined);
  assert.is(tickets.redeem(issued.other)?.userId, 'u3');
});

test.run();
