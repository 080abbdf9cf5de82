/** `/auth/…`: tokens, and the scopes that the caller may get one for. */
import { Hono } from 'hono';
import { DomainError } from '../../../domain/errors.ts';
import { DEFAULT_DOMAIN } from '../../../ports/accounts.ts';
import { refuseLongToken } from '../../credential-limits.ts';
import { noSuchToken } from '../../embedded/verify-credentials.ts';
import type { ResolvedToken } from '../../tokens/tokens.ts';
import {
  bodyOf,
  callerKnown,
  callerOf,
  demandAdmin,
  demandAuditor,
  type KeystoneDeps,
  type KeystoneEnv,
  v3Url,
} from '../context.ts';
import { domainDocument, projectDocument, projectsOf } from '../documents.ts';
import { listed } from '../lookups.ts';
import { AuthBody, proofsOf, wantedScopeOf } from './auth-request.ts';
import { catalogOf } from './catalog.ts';
import { tokenDocument } from './token-document.ts';

export function authRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  const { accounts, logins, verifier } = deps;
  const app = new Hono<KeystoneEnv>();

  /** Unscoped tokens get no catalog, nor does a request with `?nocatalog`. */
  function documentOf(request: Request, resolved: ResolvedToken) {
    const wanted = !new URL(request.url).searchParams.has('nocatalog');
    return tokenDocument(resolved, wanted ? catalogOf(deps.baseUrl(request), deps.region) : undefined);
  }

  /** Finds the token in X-Subject-Token. @throws DomainError `not_found` */
  async function subject(request: Request): Promise<[string, ResolvedToken]> {
    const secret = request.headers.get('X-Subject-Token') ?? '';
    refuseLongToken(secret, 'X-Subject-Token');
    const found = await verifier.resolve(secret);
    if (found === undefined) throw noSuchToken();
    // A service that ignores access rules would allow the token too much.
    const hasRules = found.credential !== undefined && found.credential.accessRules !== null;
    const knowsRules = Number(request.headers.get('OpenStack-Identity-Access-Rules') ?? 0) >= 1;
    if (hasRules && request.method !== 'DELETE' && !knowsRules) throw noSuchToken();
    return [secret, found];
  }

  app.post('/tokens', async (c) => {
    const { auth } = await bodyOf(c.req.raw, AuthBody);
    const { secret, resolved } = await logins.logIn(
      proofsOf(auth),
      wantedScopeOf(auth),
      callerOf(deps, c.req.raw),
    );
    c.header('X-Subject-Token', secret);
    return c.json(documentOf(c.req.raw, resolved), 201);
  });

  app.use(callerKnown(deps));

  // HEAD comes here too and gets the headers alone. Services use GET, as Keystone's own filter does.
  app.get('/tokens', async (c) => {
    const { caller } = c.var;
    const [secret, found] = await subject(c.req.raw);
    const isOwn = found.user.id === caller.user.id;
    const isHead = c.req.method === 'HEAD';
    const isService = caller.roles.some(({ name }) => name === 'service');
    demandAuditor(
      caller,
      isHead ? 'identity:check_token' : 'identity:validate_token',
      isOwn || (isService && !isHead),
    );
    c.header('X-Subject-Token', secret);
    return c.json(documentOf(c.req.raw, found));
  });

  app.delete('/tokens', async (c) => {
    const [, found] = await subject(c.req.raw);
    demandAdmin(c.var.caller, 'identity:revoke_token', found.user.id === c.var.caller.user.id);
    await logins.revoke(found);
    const { caller } = c.var;
    if (found.user.id !== caller.user.id) {
      const done = { action: 'token.revoke', subject: `user:${found.user.id}`, changes: {} };
      await deps.record(c.req.raw, caller.user.id, done);
    }
    return c.body(null, 204);
  });

  app.get('/catalog', (c) => {
    if (c.var.caller.project === undefined) {
      throw new DomainError('forbidden', 'A project-scoped token is required to produce a service catalog.');
    }
    const catalog = catalogOf(deps.baseUrl(c.req.raw), deps.region);
    return c.json({ catalog, links: { self: `${v3Url(deps, c.req.raw)}/auth/catalog` } });
  });

  app.get('/projects', async (c) => {
    const v3 = v3Url(deps, c.req.raw);
    const projects = await projectsOf(accounts, c.var.caller.user.id);
    return c.json(
      listed(
        c,
        deps,
        'projects',
        projects.map((project) => projectDocument(project, v3)),
      ),
    );
  });

  app.get('/domains', async (c) => {
    const scope = { on: 'domain', id: DEFAULT_DOMAIN.id } as const;
    const assigned = await accounts.assignments({ userId: c.var.caller.user.id, scope });
    return c.json(
      listed(c, deps, 'domains', assigned.length > 0 ? [domainDocument(v3Url(deps, c.req.raw))] : []),
    );
  });

  app.get('/system', async (c) => {
    const assigned = await accounts.assignments({ userId: c.var.caller.user.id, scope: { on: 'system' } });
    const self = `${v3Url(deps, c.req.raw)}/auth/system`;
    return c.json({ system: assigned.length > 0 ? [{ all: true }] : [], links: { self } });
  });
  return app;
}
