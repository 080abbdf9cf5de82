/** `/v1/agent-tokens`: agents' tokens, for administrators. */
import { Hono } from 'hono';
import { z } from 'zod';
import { HostName } from '../../../client-sdk/protocol/agent.ts';
import type { Recorder } from '../../audit/recorder.ts';
import { rfc3339 } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import { isPrintableName } from '../../domain/names.ts';
import type { Accounts, AgentToken } from '../../ports/accounts.ts';
import type { IssuedSecrets } from '../embedded/issued-secrets.ts';
import { type Authenticator, isAdmin } from '../identity.ts';
import { type AuthenticatedOptions, authenticated, type Env } from '../middleware.ts';
import { readJson } from '../read-json.ts';

export const AgentTokenBody = z.strictObject({
  label: z.string().min(1).max(255).refine(isPrintableName, 'must not contain control characters'),
  hosts: z
    .array(z.union([z.literal('*'), HostName]))
    .min(1)
    .max(1_000),
  expires_at: z.iso.datetime({ offset: true }).nullish(),
});

export const AgentTokenAnswer = z.object({
  id: z.string(),
  label: z.string(),
  hosts: z
    .array(z.string())
    .readonly()
    .describe('It can report for these hosts and no others; `*` means any.'),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable().describe('Null: valid until it is revoked.'),
});

/**
 * `POST` answers 201 with the token, shown only then; `GET` lists them without it; `DELETE /{id}` 204 ends one at once.
 * Errors are thrown as DomainErrors, which `/v1` translates.
 */
export function createAgentTokensApp(
  {
    accounts,
    authenticator,
    issued,
  }: { readonly accounts: Accounts; readonly authenticator: Authenticator; readonly issued: IssuedSecrets },
  options: Omit<AuthenticatedOptions, 'api'> = {},
  record: Recorder = async () => {},
): Hono<Env> {
  const app = new Hono<Env>().basePath('/v1/agent-tokens');
  app.use(authenticated(authenticator, { ...options, api: 'v1' }));
  app.use(async (c, next) => {
    if (!isAdmin(c.var.identity)) throw new DomainError('forbidden', 'Agent tokens are for role admin only');
    await next();
  });

  app.post('/', async (c) => {
    const parsed = AgentTokenBody.safeParse(await readJson(c.req.raw));
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const field = issue?.path.join('.') || 'body';
      throw new DomainError('invalid', `${field}: ${issue?.message}`, { field });
    }
    const { label, hosts, expires_at } = parsed.data;
    const expiresAt = expires_at == null ? null : Date.parse(expires_at);
    const { secret, token } = await issued.issueAgentToken({ label, hosts, expiresAt });
    const changes = {
      label: [null, label],
      hosts: [null, hosts],
      expires_at: [null, expires_at ?? null],
    } as const;
    const done = { action: 'agent_token.issue', subject: `agent-token:${token.id}`, changes };
    await record(c.req.raw, c.var.identity.userId, done);
    return c.json({ ...document(token), token: secret }, 201, { 'Cache-Control': 'no-store' });
  });

  app.get('/', async (c) => c.json({ agent_tokens: (await accounts.agentTokens()).map(document) }));

  app.delete('/:id', async (c) => {
    const id = c.req.param('id');
    await issued.revokeAgentToken(id);
    const done = { action: 'agent_token.revoke', subject: `agent-token:${id}`, changes: {} };
    await record(c.req.raw, c.var.identity.userId, done);
    return c.body(null, 204);
  });
  return app;
}

function document(token: AgentToken): z.output<typeof AgentTokenAnswer> {
  return {
    id: token.id,
    label: token.label,
    hosts: token.hosts,
    created_at: rfc3339(token.createdAt),
    expires_at: token.expiresAt === null ? null : rfc3339(token.expiresAt),
  };
}
