/** `/v1/watch-keys`, `/v1/agent-tokens` and `/v1/audit`: credentials, and the record of what was done. */
import { z } from 'zod';
import { AuditPage } from '../../api/answers/audit.ts';
import { WatchKeys, WatchKeyWithSecret } from '../../api/answers/watch-keys.ts';
import { AuditQuery } from '../../api/audit.ts';
import { WatchKeyBody } from '../../api/watch-keys.ts';
import { AgentTokenAnswer, AgentTokenBody } from '../../identity/tokens/agent-tokens.ts';
import { type DescribedOperation, described } from '../described.ts';
import { AT, LATER, PAGING, PROJECT, SERVER_ID } from './parameters.ts';

const key = {
  id: '7f6a1c9e2b4d4f0e',
  project_id: PROJECT,
  name: 'db-primary watches its peers',
  servers: [SERVER_ID],
  drills: false,
  created_by: 'a3b8d1c0',
  created_at: AT,
  expires_at: LATER,
  last_used_at: null,
};
const token = { id: 'b7d2e9f0', label: 'compute-1', hosts: ['compute-1'], created_at: AT, expires_at: null };

export const TOKEN_OPERATIONS: readonly DescribedOperation[] = [
  described('POST /v1/watch-keys', 'Make a key that follows servers and does nothing else', {
    description: 'The key is shown in this answer and never again.',
    body: WatchKeyBody,
    answers: { 201: WatchKeyWithSecret },
    example: {
      body: { name: key.name, servers: key.servers, expires_at: LATER },
      answer: { ...key, key: 'hbw_…' },
    },
  }),
  described('GET /v1/watch-keys', "List the project's watch keys, without the keys themselves", {
    query: { ...PAGING, project_id: z.string().describe('Another project, for administrators.') },
    answers: { 200: WatchKeys },
    example: { answer: { watch_keys: [key], next: null } },
  }),
  described('DELETE /v1/watch-keys/{id}', 'Revoke a watch key, and close its connections', {
    answers: { 204: null },
  }),
  described('POST /v1/agent-tokens', 'Make a token that reports for hosts and does nothing else', {
    description: 'For administrators. The token is shown in this answer and never again.',
    body: AgentTokenBody,
    answers: {
      201: AgentTokenAnswer.extend({
        token: z.string().describe('The token itself. It is shown only once.'),
      }),
    },
    example: { body: { label: token.label, hosts: token.hosts }, answer: { ...token, token: 'hba_…' } },
  }),
  described('GET /v1/agent-tokens', 'List agent tokens, without the tokens themselves', {
    answers: { 200: z.object({ agent_tokens: z.array(AgentTokenAnswer) }) },
    example: { answer: { agent_tokens: [token] } },
  }),
  described('DELETE /v1/agent-tokens/{id}', 'Revoke an agent token', { answers: { 204: null } }),
  described('GET /v1/audit', 'List what operators did, newest first', {
    description: 'For administrators.',
    query: AuditQuery.shape,
    answers: { 200: AuditPage },
    example: {
      answer: {
        entries: [
          {
            id: 17,
            at: AT,
            actor: 'a3b8d1c0',
            from: '192.0.2.7',
            action: 'service.force_down',
            subject: 'service:compute-1/nova-compute',
            changes: { forced_down: [false, true] },
          },
        ],
        next: null,
      },
    },
  }),
];
