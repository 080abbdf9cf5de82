/** So many at once, so many waiting, and whoever comes beyond is told at once. */
import { DomainError } from '../../domain/errors.ts';

export class Slots {
  readonly #most: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(most: number, mostWaiting: number) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** @throws DomainError `unavailable` if too many wait; whatever `act` throws */
  async run<T>(act: () => Promise<T>): Promise<T> {
    if (this.#taken < this.#most) this.#taken++;
    else await this.#turn();
    try {
      return await act();
    } finally {
      // The place is handed on, or given back.
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken--;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#mostWaiting)
      throw new DomainError('unavailable', 'Too many tokens wait to be looked at; try again');
    return new Promise((come) => this.#waiting.push(come));
  }
}
