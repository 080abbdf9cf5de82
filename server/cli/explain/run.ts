/** `hostbeat explain HOST|SERVER`: why it had its status. */
import type { ServerExplanation, ServiceExplanation } from '../../api/answers/explain.ts';
import { idNames } from '../audit/names.ts';
import { type ConnectionFlags, connected } from '../connection/connection.ts';
import type { HttpClient } from '../connection/http-client.ts';
import { findServer } from '../instances/servers.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { withNames } from '../support/names.ts';
import { json, type Terminal } from '../support/terminal.ts';
import { printableLines } from '../support/text.ts';
import { timeOf, withAges } from '../support/times.ts';
import { serverText, serviceText } from './text.ts';

export interface ExplainFlags extends ConnectionFlags {
  readonly at?: string;
  readonly binary: string;
  readonly json?: boolean;
}

interface Service {
  readonly uuid: string;
  readonly binary: string;
}

const HOST = 'OS-EXT-SRV-ATTR:host';

export async function explain(what: string, flags: ExplainFlags, terminal: Terminal): Promise<void> {
  const at = flags.at === undefined ? undefined : timeOf('--at', flags.at);
  const { http } = await connected(flags, terminal);
  const show = async (explanation: object, text: string) => {
    if (flags.json === true) return terminal.out(json(explanation, 2));
    terminal.out(printableLines(withAges(withNames(text, await idNames(http)), Date.now())));
  };

  const services = await servicesOf(http, what);
  if (services !== undefined && services.length > 0) {
    const explanation = await ofService(http, chosen(services, what, flags.binary), at);
    return show(explanation, serviceText(explanation));
  }
  const server = await findServer(http, what).catch((error: unknown) => {
    if (services === undefined || !(error instanceof CliError) || error.exit !== EXIT.failed) throw error;
    throw new CliError(
      EXIT.failed,
      `there is no host and no server "${what}"; "hostbeat hosts list" and "hostbeat instances list" show those there are.`,
    );
  });
  const host = (server as { readonly [HOST]?: string | null })[HOST];
  const beneath = services === undefined || !host ? [] : ((await servicesOf(http, host)) ?? []);
  const compute = beneath.find(({ binary }) => binary === flags.binary);
  if (compute !== undefined) {
    const explanation = await ofService(http, compute, at);
    return show(explanation, serviceText(explanation));
  }
  const query = new URLSearchParams({ server: server.id, ...(at === undefined ? {} : { at }) });
  const { body } = await http.get<ServerExplanation>(`/v1/explain?${query}`);
  return show(body, serverText(server.name ?? what, body));
}

/** Undefined for a caller who may not read services. */
async function servicesOf(http: HttpClient, host: string): Promise<readonly Service[] | undefined> {
  const { status, body } = await http.get<{ services: readonly Service[] }>(
    `/v1/services?${new URLSearchParams({ host })}`,
    { accept: [403] },
  );
  return status === 403 ? undefined : body.services;
}

function chosen(services: readonly Service[], host: string, binary: string): Service {
  const found = services.find((service) => service.binary === binary);
  if (found !== undefined) return found;
  throw new CliError(
    EXIT.failed,
    `host ${host} has no service ${binary}; it has ${services.map((service) => service.binary).join(', ')}: name one with --binary.`,
  );
}

async function ofService(
  http: HttpClient,
  { uuid }: Service,
  at: string | undefined,
): Promise<ServiceExplanation> {
  const query = at === undefined ? '' : `?${new URLSearchParams({ at })}`;
  const { body } = await http.get<ServiceExplanation>(`/v1/services/${uuid}/explain${query}`);
  return body;
}
