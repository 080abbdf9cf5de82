/** Verifies tokens that an OIDC issuer signed, with the keys it publishes. */
import type { JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Clock, Duration } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import { FairQueue } from '../../limits/fair-queue.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Identity } from '../identity.ts';
import { Circuit, Failed } from './circuit.ts';
import { identityOfClaims } from './oidc-claims.ts';
import type { OidcSettings } from './oidc-settings.ts';
import { request } from './request.ts';
import type { Verifier } from './verifier.ts';

/** Shortest time between two searches for an unknown key: anybody can write a token that names one. */
const KEYS_COOLDOWN: Duration = 10_000;

/** A verification takes one of the few worker threads. */
const LIMITS = {
  running: 16,
  runningPerKey: 8,
  waiting: 1_000,
  waitingPerKey: 900,
  what: 'token checks',
};

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

export interface OidcOptions {
  readonly settings: OidcSettings;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  readonly keysCooldown?: Duration;
}

export class OidcVerifier implements Verifier {
  readonly challenge: string;
  readonly #options: OidcOptions;
  readonly #circuit: Circuit;
  readonly #queue = new FairQueue(LIMITS);
  /** Fifty files, loaded only where tokens of an issuer are checked. */
  readonly #jose = import('jose');
  #keys: JWTVerifyGetKey | undefined;
  #finding: Promise<JWTVerifyGetKey> | undefined;

  constructor(options: OidcOptions) {
    const { settings, clock, logger } = options;
    this.challenge = `Bearer realm="${new URL(settings.issuer).href}"`;
    this.#options = options;
    this.#circuit = new Circuit({ name: 'The OIDC issuer', clock, logger });
  }

  verify(token: string, key = 'unknown'): Promise<Identity | undefined> {
    return this.#queue.run(key, () => this.#verify(token));
  }

  async #verify(token: string): Promise<Identity | undefined> {
    const { settings, clock } = this.#options;
    const keys = this.#keys ?? (await this.#findOnce());
    const { errors, jwtVerify } = await this.#jose;
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: settings.issuer,
        audience: [...settings.audience],
        algorithms: [...settings.algorithms],
        clockTolerance: settings.clockSkew / 1_000,
        currentDate: new Date(clock.now()),
        requiredClaims: ['exp', 'sub'],
      });
      return identityOfClaims(payload, settings);
    } catch (error) {
      if (error instanceof errors.JWKSInvalid)
        throw new DomainError('unavailable', 'The keys of the OIDC issuer cannot be read', { cause: error });
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  #findOnce(): Promise<JWTVerifyGetKey> {
    this.#finding ??= this.#find().finally(() => {
      this.#finding = undefined;
    });
    return this.#finding;
  }

  async #find(): Promise<JWTVerifyGetKey> {
    const { settings, keysCooldown = KEYS_COOLDOWN } = this.#options;
    const url = settings.jwksUrl ?? (await this.#circuit.run(() => this.#discover()));
    const { createRemoteJWKSet, customFetch } = await this.#jose;
    this.#keys = createRemoteJWKSet(new URL(url), {
      cooldownDuration: keysCooldown,
      cacheMaxAge: settings.keysMaxAge,
      [customFetch]: (keysUrl: string) => this.#circuit.run(() => this.#fetchKeys(keysUrl)),
    });
    return this.#keys;
  }

  /** @throws Failed */
  async #discover(): Promise<string> {
    const { issuer, timeout } = this.#options.settings;
    const url = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
    const { status, body } = await request(url, { headers: { Accept: 'application/json' } }, timeout);
    const document = Discovery.safeParse(body);
    if (status !== 200 || !document.success) throw new Failed(`there is no discovery document at ${url}`);
    if (document.data.issuer !== issuer) {
      throw new Failed(
        `${url} belongs to another issuer, ${document.data.issuer}; set HOSTBEAT_OIDC_ISSUER to exactly that, or correct the issuer`,
        { lasting: true },
      );
    }
    return document.data.jwks_uri;
  }

  /** @throws Failed */
  async #fetchKeys(url: string): Promise<Response> {
    const { timeout } = this.#options.settings;
    const { status, body } = await request(url, { headers: { Accept: 'application/json' } }, timeout);
    if (status !== 200 || body === undefined) throw new Failed(`${url} answered ${status} instead of keys`);
    return Response.json(body);
  }
}
