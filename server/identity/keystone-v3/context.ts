/** The dependencies and checks that every handler of the identity API uses. */
import type { MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import type { Recorder } from '../../audit/recorder.ts';
import type { BaseUrl } from '../../config/base-url.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Scope } from '../../ports/accounts.ts';
import { allows } from '../access-rules/access-rules.ts';
import { refuseLongToken } from '../credential-limits.ts';
import type { EmbeddedIdentity } from '../embedded/create-embedded.ts';
import type { Caller } from '../embedded/login-throttle.ts';
import { refused } from '../embedded/verify-credentials.ts';
import { requestOf } from '../middleware.ts';
import { readJson } from '../read-json.ts';
import type { ResolvedToken } from '../tokens/tokens.ts';
import { notAllowed } from './faults.ts';

export interface KeystoneDeps
  extends Pick<EmbeddedIdentity, 'accounts' | 'directory' | 'issued' | 'logins' | 'verifier'> {
  readonly baseUrl: BaseUrl;
  readonly region: string;
  readonly clientAddress?: (request: Request) => string | undefined;
  readonly record: Recorder;
}

/** `caller` is the owner of X-Auth-Token. */
export interface KeystoneEnv {
  Variables: { caller: ResolvedToken };
}

/** Base of the API's own links: `{base}/identity/v3`. */
export function v3Url({ baseUrl }: Pick<KeystoneDeps, 'baseUrl'>, request: Request): string {
  return `${baseUrl(request)}/identity/v3`;
}

export function callerKnown({ verifier }: KeystoneDeps): MiddlewareHandler<KeystoneEnv> {
  return async (c, next) => {
    const token = c.req.header('X-Auth-Token');
    refuseLongToken(token ?? '', 'X-Auth-Token');
    const caller = token === undefined ? undefined : await verifier.resolve(token);
    if (caller === undefined || !isAllowed(caller, c.req.raw)) throw refused();
    c.set('caller', caller);
    await next();
  };
}

/**
 * Checked by the access rules of the token's application credential. They name Keystone's own paths, from `/v3` on.
 * Validating a token is always allowed.
 */
function isAllowed({ credential }: ResolvedToken, request: Request): boolean {
  const rules = credential?.accessRules ?? null;
  if (rules === null) return true;
  const { method, path: full } = requestOf(request);
  const path = full.replace(/^\/identity(?=\/)/, '');
  if (method === 'GET' && path === '/v3/auth/tokens') return true;
  return [path, full].some((each) => allows(rules, { method, path: each }, ['identity']));
}

/** The client's address, and a signal that aborts when the client hangs up. */
export function callerOf({ clientAddress }: KeystoneDeps, request: Request): Caller {
  return { address: clientAddress?.(request), signal: request.signal };
}

export function isAdminCaller({ roles }: ResolvedToken): boolean {
  return roles.some(({ name }) => name === 'admin');
}

/**
 * A caller without the right cannot tell another's object from a missing one: it is refused before the look-up.
 * @throws DomainError `forbidden`
 */
export function demandAdmin(caller: ResolvedToken, rule: string, orElse = false): void {
  if (!isAdminCaller(caller) && !orElse) throw notAllowed(rule);
}

/**
 * Like demandAdmin, for reads: a reader of the whole system may read too (Keystone). @throws DomainError `forbidden`
 */
export function demandAuditor(caller: ResolvedToken, rule: string, orElse = false): void {
  demandAdmin(caller, rule, orElse || readsOn(caller, 'system'));
}

/** Is the token's scope one of `places`, and is the caller a reader there? */
export function readsOn({ token, roles }: ResolvedToken, ...places: readonly Scope['on'][]): boolean {
  return (
    token.scope !== null && places.includes(token.scope.on) && roles.some(({ name }) => name === 'reader')
  );
}

/**
 * @throws DomainError `invalid`, naming the field
 * @throws BodyTooLarge
 */
export async function bodyOf<T extends z.ZodType>(request: Request, schema: T): Promise<z.infer<T>> {
  const parsed = schema.safeParse(await readJson(request));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new DomainError(
    'invalid',
    `Invalid input for field ${issue?.path.join('/') || 'body'}: ${issue?.message}`,
  );
}

/** Keystone's time format: UTC, microseconds, Z. */
export function microseconds(at: number): string {
  const whole = Math.round(at * 1_000);
  const rest = String(whole % 1_000).padStart(3, '0');
  return new Date(Math.floor(whole / 1_000)).toISOString().replace('Z', `${rest}Z`);
}
