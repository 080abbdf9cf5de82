/** Validates tokens at a Keystone, as its own middleware does. */
import { z } from 'zod';
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import { FairQueue } from '../../limits/fair-queue.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Identity } from '../identity.ts';
import { Circuit, Failed } from './circuit.ts';
import { KeystoneLogin } from './keystone-login.ts';
import type { KeystoneSettings } from './keystone-settings.ts';
import { keystoneIdentity, TokenAnswer } from './keystone-token.ts';
import { type HttpAnswered, request } from './request.ts';
import type { Verifier } from './verifier.ts';

/**
 * Keystone has few workers, and a request costs each of them some milliseconds. The limit of waiting requests is for
 * the moment when all clients come back at once; those beyond it are refused, and retry at different times.
 */
const LIMITS = {
  running: 16,
  runningPerKey: 12,
  waiting: 1_000,
  waitingPerKey: 900,
  what: 'token checks',
};

export interface KeystoneOptions {
  readonly settings: KeystoneSettings;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
}

export class KeystoneVerifier implements Verifier {
  readonly challenge: string;
  readonly #settings: KeystoneSettings;
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #login: KeystoneLogin;
  readonly #circuit: Circuit;
  readonly #queue = new FairQueue(LIMITS);
  #warned = false;

  constructor({ settings, clock, logger }: KeystoneOptions) {
    this.challenge = `Keystone uri="${settings.publicUrl}"`;
    this.#settings = settings;
    this.#logger = logger;
    this.#login = new KeystoneLogin(settings, clock);
    this.#circuit = new Circuit({ name: 'Keystone', clock, logger });
  }

  secretsRenewed(): void {
    this.#circuit.tryNow();
  }

  verify(token: string, key = 'unknown'): Promise<Identity | undefined> {
    return this.#queue.run(key, () => this.#circuit.run(() => this.#validate(token)));
  }

  /** For administrators and readers of assignments only: the role `service` alone does not suffice. */
  async rolesOf(
    userId: string,
    projectId: string,
    credentialId: string | null = null,
  ): Promise<readonly string[] | undefined> {
    const query = new URLSearchParams({
      'user.id': userId,
      'scope.project.id': projectId,
      effective: 'true',
      include_names: 'true',
    });
    try {
      if (credentialId !== null && (await this.#isGone(userId, credentialId))) return [];
      const user = await this.#lookUp(`users/${encodeURIComponent(userId)}`);
      const project = await this.#lookUp(`projects/${encodeURIComponent(projectId)}`);
      const assignments = await this.#lookUp(`role_assignments?${query}`);
      if ([user, project, assignments].some(({ status }) => status === 403)) this.#warnOfSilence();
      return rolesIn(user, project, assignments);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'unavailable') return undefined;
      throw error;
    }
  }

  /** A 404 counts only in Keystone's own form: one from a proxy or another server says nothing of the project. */
  async projectState(projectId: string): Promise<'enabled' | 'disabled' | 'gone' | undefined> {
    try {
      const { status, body } = await this.#lookUp(`projects/${encodeURIComponent(projectId)}`);
      if (status === 404) return NotFound.safeParse(body).success ? 'gone' : undefined;
      const read = Project.safeParse(body);
      if (status !== 200 || !read.success) return undefined;
      return read.data.enabled ? 'enabled' : 'disabled';
    } catch (error) {
      if (error instanceof DomainError && error.code === 'unavailable') return undefined;
      throw error;
    }
  }

  async #isGone(userId: string, credentialId: string): Promise<boolean> {
    const path = `users/${encodeURIComponent(userId)}/application_credentials/${encodeURIComponent(credentialId)}`;
    return (await this.#lookUp(path)).status === 404;
  }

  #warnOfSilence(): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#logger.warn(
      "Keystone does not show hostbeat's own user the roles of other users: webhooks keep the roles of their makers; give it the role admin to fix this",
    );
  }

  #lookUp(path: string): Promise<HttpAnswered> {
    const { url, timeout } = this.#settings;
    const ask = (own: string) => {
      const headers = { 'X-Auth-Token': own, Accept: 'application/json' };
      return request(`${url}/v3/${path}`, { headers }, timeout);
    };
    return this.#queue.run('look-ups', () => this.#circuit.run(() => this.#asOurselves(ask)));
  }

  async #validate(token: string): Promise<Identity | undefined> {
    return this.#read(await this.#asOurselves((own) => this.#get(token, own)));
  }

  async #asOurselves(ask: (own: string) => Promise<HttpAnswered>): Promise<HttpAnswered> {
    const own = await this.#login.token();
    const first = await ask(own);
    if (first.status !== 401) return first;
    // Our own token is refused, not the user's: it was revoked, or signed with a key that was rotated out.
    this.#login.forget(own);
    return ask(await this.#login.token());
  }

  /** GET, because role service may not use HEAD; without the header Keystone hides tokens with access rules. */
  #get(token: string, own: string) {
    const headers = {
      'X-Auth-Token': own,
      'X-Subject-Token': token,
      'OpenStack-Identity-Access-Rules': '1.0',
      Accept: 'application/json',
    };
    const { url, timeout } = this.#settings;
    return request(`${url}/v3/auth/tokens?nocatalog`, { headers }, timeout);
  }

  #read({ status, body }: { readonly status: number; readonly body: unknown }): Identity | undefined {
    switch (status) {
      case 200: {
        const answer = TokenAnswer.safeParse(body);
        if (answer.success) return keystoneIdentity(answer.data.token);
        throw new Failed('Keystone answered with something other than a token');
      }
      case 404:
        return undefined;
      case 401:
        throw new Failed('Keystone refuses the token it has just given to hostbeat itself', {
          lasting: true,
        });
      case 403:
        throw new Failed(
          "Keystone does not let hostbeat's own user validate tokens; give it the role service, or admin, in its project",
          { lasting: true },
        );
      default:
        throw new Failed(`Keystone answered ${status}`);
    }
  }
}

const NotFound = z.object({ error: z.object({ code: z.literal(404) }) });
const Enabled = z.object({ enabled: z.boolean() });
const User = z.object({ user: Enabled }).transform(({ user }) => user);
const Project = z.object({ project: Enabled }).transform(({ project }) => project);
const Assignments = z.object({
  role_assignments: z.array(z.object({ role: z.object({ name: z.string() }) })),
});

function rolesIn(
  user: HttpAnswered,
  project: HttpAnswered,
  found: HttpAnswered,
): readonly string[] | undefined {
  for (const [{ status, body }, Shape] of [
    [user, User],
    [project, Project],
  ] as const) {
    if (status === 404) return [];
    const read = Shape.safeParse(body);
    if (status !== 200 || !read.success) return undefined;
    if (!read.data.enabled) return [];
  }
  const read = Assignments.safeParse(found.body);
  if (found.status !== 200 || !read.success) return undefined;
  return read.data.role_assignments.map(({ role }) => role.name);
}
