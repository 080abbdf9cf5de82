/** Tickets for several nodes, kept in their database: any node accepts them. */
import type { Clock, Instant } from '../../domain/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Identity } from '../identity.ts';
import type { Revocation } from './revocations.ts';
import { hashToken, newSecret, type RandomBytes, systemRandom, TICKET_PREFIX } from './secrets.ts';
import type { TicketStore } from './ticket-store.ts';
import { MAX_TICKETS_OF_USER, TICKET_LIFETIME_MS, type TicketIssuer } from './tickets.ts';

export class StoredTickets implements TicketIssuer {
  readonly #store: TicketStore;
  readonly #clock: Clock;
  readonly #logger: Pick<Logger, 'error'>;
  readonly #random: RandomBytes;

  constructor(
    store: TicketStore,
    { clock, logger }: { readonly clock: Clock; readonly logger: Pick<Logger, 'error'> },
    random: RandomBytes = systemRandom,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
    this.#random = random;
  }

  async issue(identity: Identity): Promise<{ readonly ticket: string; readonly expiresAt: Instant }> {
    const issuedAt = this.#clock.now();
    const ticket = newSecret(TICKET_PREFIX, this.#random);
    const expiresAt = Math.min(issuedAt + TICKET_LIFETIME_MS, identity.expiresAt ?? Number.MAX_SAFE_INTEGER);
    await this.#store.add({ hash: hashToken(ticket), identity, issuedAt, expiresAt }, MAX_TICKETS_OF_USER);
    return { ticket, expiresAt };
  }

  async redeem(ticket: string): Promise<Identity | undefined> {
    const stored = await this.#store.take(hashToken(ticket));
    return stored !== undefined && stored.expiresAt > this.#clock.now() ? stored.identity : undefined;
  }

  readonly revoke = (gone: Revocation): void => {
    this.#store.revoke(gone).catch((error: unknown) => {
      this.#logger.error({ err: error }, 'tickets could not be revoked; they end within half a minute');
    });
  };
}
