/** `/v1/webhooks`: a project's HTTP subscriptions. `/asyncapi.json` describes their messages. */
import { Webhook, Webhooks, WebhookTested, WebhookWithSecret } from '../../api/answers/webhooks.ts';
import { WebhookBody, WebhookChangeBody, WebhookSecretBody } from '../../api/webhooks.ts';
import { type DescribedOperation, described } from '../described.ts';
import { AT } from './parameters.ts';

const webhook = {
  id: '0d3b6a52-6f1c-4c7e-8b1e-2f7d9c4a5e61',
  name: 'pager',
  url: 'https://hooks.example.org/hostbeat',
  format: 'cloudevents',
  servers: null,
  host_status: ['DOWN'],
  old_secret_until: null,
  state: 'active',
  reason: null,
  seq: 42,
  attempts: 0,
  last_error: null,
  failing_since: null,
  next_attempt_at: null,
  last_delivered_at: AT,
  created_at: AT,
  updated_at: AT,
};
const withSecret = { ...webhook, secret: 'whsec_…' };

export const WEBHOOK_OPERATIONS: readonly DescribedOperation[] = [
  described('POST /v1/webhooks', 'Subscribe a URL', {
    description: 'The secret that signs deliveries is shown in this answer and never again.',
    body: WebhookBody,
    answers: { 201: WebhookWithSecret },
    example: {
      body: { url: webhook.url, name: webhook.name, host_status: webhook.host_status },
      answer: withSecret,
    },
  }),
  described('GET /v1/webhooks', "List the project's webhooks", {
    answers: { 200: Webhooks },
    example: { answer: { webhooks: [webhook] } },
  }),
  described('GET /v1/webhooks/{id}', 'Show a webhook, and how its deliveries go', {
    answers: { 200: Webhook },
    example: { answer: webhook },
  }),
  described('PATCH /v1/webhooks/{id}', 'Change, pause or resume a webhook', {
    body: WebhookChangeBody,
    answers: { 200: Webhook },
    example: { body: { state: 'paused' }, answer: { ...webhook, state: 'paused' } },
  }),
  described('DELETE /v1/webhooks/{id}', 'Remove a webhook', { answers: { 204: null } }),
  described('POST /v1/webhooks/{id}/secret', 'Make a new secret', {
    description: 'Without a body the old secret ends at once.',
    body: WebhookSecretBody,
    bodyRequired: false,
    answers: { 200: WebhookWithSecret },
    example: { body: { overlap_seconds: 3_600 }, answer: { ...withSecret, old_secret_until: AT } },
  }),
  described('POST /v1/webhooks/{id}/test', 'Deliver a test message', {
    answers: { 200: WebhookTested },
    example: { answer: { delivered: true, error: null } },
  }),
];
