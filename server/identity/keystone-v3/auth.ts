/** `/auth/…`: tokens, and what the caller may get one for. */
import { Hono } from 'hono';
import { DomainError } from '../../domain/errors.ts';
import { DEFAULT_DOMAIN } from '../accounts.ts';
import type { ResolvedToken } from '../tokens.ts';
import { AuthBody, proofsOf, wantedScopeOf } from './auth-request.ts';
import { catalogOf } from './catalog.ts';
import {
  bodyOf,
  callerKnown,
  collection,
  isAdminCaller,
  type KeystoneDeps,
  type KeystoneEnv,
  v3Url,
} from './context.ts';
import { domainDocument, projectDocument, projectsOf } from './documents.ts';
import { notAllowed } from './faults.ts';
import { tokenDocument } from './token-document.ts';

export function authRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  const { accounts, logins, proofs } = deps;
  const app = new Hono<KeystoneEnv>();

  /** Unscoped tokens, and whoever asks for `?nocatalog`, get none. */
  function documentOf(request: Request, resolved: ResolvedToken) {
    const wanted = !new URL(request.url).searchParams.has('nocatalog');
    return tokenDocument(resolved, wanted ? catalogOf(deps.baseUrl(request), deps.region) : undefined);
  }

  /** @throws DomainError `forbidden` unless the caller is `allowed` or it is a token of its own, `not_found` */
  async function subject(
    request: Request,
    caller: ResolvedToken,
    allowed: boolean,
    rule: string,
  ): Promise<[string, ResolvedToken]> {
    const secret = request.headers.get('X-Subject-Token') ?? '';
    const found = await proofs.resolve(secret);
    // The message must not repeat the token.
    if (found === undefined) throw new DomainError('not_found', 'Could not find token.');
    if (!allowed && found.user.id !== caller.user.id) throw notAllowed(rule);
    return [secret, found];
  }

  app.post('/tokens', async (c) => {
    const { auth } = await bodyOf(c.req.raw, AuthBody);
    const address = deps.clientAddress?.(c.req.raw);
    const { secret, resolved } = await logins.logIn(proofsOf(auth), wantedScopeOf(auth), address);
    c.header('X-Subject-Token', secret);
    return c.json(documentOf(c.req.raw, resolved), 201);
  });

  app.use(callerKnown(deps));

  // HEAD comes here too and gets the headers alone.
  app.get('/tokens', async (c) => {
    const [secret, found] = await subject(
      c.req.raw,
      c.var.caller,
      mayValidate(c.var.caller),
      'identity:validate_token',
    );
    c.header('X-Subject-Token', secret);
    return c.json(documentOf(c.req.raw, found));
  });

  app.delete('/tokens', async (c) => {
    const [, found] = await subject(
      c.req.raw,
      c.var.caller,
      isAdminCaller(c.var.caller),
      'identity:revoke_token',
    );
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
      collection(
        'projects',
        projects.map((project) => projectDocument(project, v3)),
        `${v3}/auth/projects`,
      ),
    );
  });

  app.get('/domains', async (c) => {
    const v3 = v3Url(deps, c.req.raw);
    const held = await accounts.assignments({
      userId: c.var.caller.user.id,
      scope: { on: 'domain', id: DEFAULT_DOMAIN.id },
    });
    return c.json(collection('domains', held.length > 0 ? [domainDocument(v3)] : [], `${v3}/auth/domains`));
  });

  app.get('/system', async (c) => {
    const held = await accounts.assignments({ userId: c.var.caller.user.id, scope: { on: 'system' } });
    const self = `${v3Url(deps, c.req.raw)}/auth/system`;
    return c.json({ system: held.length > 0 ? [{ all: true }] : [], links: { self } });
  });
  return app;
}

/** Services look at their users' tokens: it is what Keystone's own filter does for them. */
function mayValidate(caller: ResolvedToken): boolean {
  return isAdminCaller(caller) || caller.roles.some(({ name }) => name === 'service');
}
