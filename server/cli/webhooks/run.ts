/** `hostbeat webhooks …`, through a running server. */
import { findNamed, shortId } from '../accounts/directory.ts';
import { type ConnectionFlags, connected } from '../connection/connection.ts';
import type { HttpClient } from '../connection/http-client.ts';
import { serverIds } from '../instances/servers.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { table } from '../support/table.ts';
import { json as asJson, type Terminal } from '../support/terminal.ts';
import { withAges } from '../support/times.ts';

export interface AddFlags extends ConnectionFlags {
  readonly name?: string;
  readonly format?: string;
  readonly server?: readonly string[];
  readonly hostStatus?: readonly string[];
  readonly json?: boolean;
}

export interface ShownFlags extends ConnectionFlags {
  readonly json?: boolean;
}

/** As `/v1/webhooks` shows it; times are RFC 3339. */
interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly format: string;
  readonly state: string;
  readonly reason: string | null;
  readonly last_error: string | null;
  readonly attempts: number;
  readonly last_delivered_at: string | null;
  readonly next_attempt_at: string | null;
  readonly secret?: string;
}

const PATH = '/v1/webhooks';

export async function listWebhooks(flags: ShownFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const webhooks = await webhooksOf(http);
  if (flags.json === true) return terminal.out(asJson(webhooks, 2));
  const now = Date.now();
  const rows = webhooks.map(({ id, name, state, format, url, last_delivered_at, reason, last_error }) => [
    shortId(id),
    name,
    state,
    format,
    url,
    withAges(last_delivered_at ?? '-', now),
    reason ?? last_error ?? '-',
  ]);
  terminal.out(table(['ID', 'NAME', 'STATE', 'FORMAT', 'URL', 'LAST DELIVERY', 'REASON'], rows));
}

export async function addWebhook(url: string, flags: AddFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const { name, format, hostStatus: host_status } = flags;
  const servers = await serverIds(http, flags.server);
  const { body } = await http.request<Webhook>('POST', PATH, {
    body: { url, name, format, servers, host_status },
  });
  tellSecret(body, flags, terminal);
}

export async function showWebhook(id: string, flags: ConnectionFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const { body } = await http.get<Webhook>(await at(http, id));
  terminal.out(asJson(body, 2));
}

export async function switchWebhook(
  id: string,
  state: 'active' | 'paused',
  flags: ConnectionFlags,
  terminal: Terminal,
): Promise<void> {
  const { http } = await connected(flags, terminal);
  const { body } = await http.request<Webhook>('PATCH', await at(http, id), { body: { state } });
  terminal.out(`${body.name}: ${body.state}\n`);
}

export async function removeWebhook(id: string, flags: ConnectionFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const webhook = await webhookOf(http, id);
  await http.request('DELETE', pathOf(webhook.id));
  terminal.out(`${webhook.name} (${webhook.id}): removed\n`);
}

export async function rotateSecret(
  id: string,
  flags: ShownFlags & { readonly overlap: string },
  terminal: Terminal,
): Promise<void> {
  const { http } = await connected(flags, terminal);
  const { body } = await http.request<Webhook>('POST', `${await at(http, id)}/secret`, {
    body: { overlap_seconds: Number(flags.overlap) },
  });
  tellSecret(body, flags, terminal);
}

/** @throws CliError `failed` if the receiver did not accept it */
export async function testWebhook(id: string, flags: ConnectionFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const { body } = await http.request<{ delivered: boolean; error: string | null }>(
    'POST',
    `${await at(http, id)}/test`,
  );
  if (!body.delivered) throw new CliError(EXIT.failed, `the endpoint did not accept it: ${body.error}.`);
  terminal.out('the endpoint accepted it\n');
}

function tellSecret(webhook: Webhook, { json }: ShownFlags, terminal: Terminal): void {
  const words = `Webhook ${webhook.id} is ${webhook.state}.\nIts secret is ${webhook.secret} and is not shown again.\n`;
  terminal.out(json === true ? asJson(webhook, 2) : words);
}

async function webhooksOf(http: HttpClient): Promise<readonly Webhook[]> {
  return (await http.get<{ webhooks: readonly Webhook[] }>(PATH)).body.webhooks;
}

/** The path of the webhook with this id, beginning of an id, or name. */
async function at(http: HttpClient, given: string): Promise<string> {
  return pathOf(UUID.test(given) ? given : (await webhookOf(http, given)).id);
}

/** @throws CliError `failed` if the project has no such webhook */
async function webhookOf(http: HttpClient, given: string): Promise<Webhook> {
  return findNamed('webhook', await webhooksOf(http), given);
}

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
