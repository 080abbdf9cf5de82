import { login } from '../../support/http.ts';

/** One login for each account, shared by all who are it: a password is slow to check, and that is not what is tested. */
export class Tokens {
  readonly #url: () => string;
  readonly #known = new Map<string, Promise<string>>();

  constructor(url: () => string) {
    this.#url = url;
  }

  of(user: string, project: string): Promise<string> {
    const known = this.#known.get(user);
    if (known !== undefined) return known;
    const asked = login(this.#url(), user, 'pw', project).then(({ token }) => token);
    this.#known.set(user, asked);
    asked.catch(() => this.#known.delete(user));
    return asked;
  }

  /** It was not believed any more. */
  forget(user: string): void {
    this.#known.delete(user);
  }
}
