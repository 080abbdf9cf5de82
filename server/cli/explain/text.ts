/** An explanation for people. */
import type { ServerExplanation, ServiceExplanation } from '../../api/answers/explain.ts';
import { durationText } from '../../explain/words.ts';
import { counted } from '../support/text.ts';
import { causeText } from '../watch/lines.ts';

export function serviceText(explanation: ServiceExplanation): string {
  const { service, at, host_status, verdict, silence, now, observer, changes, deliveries } = explanation;
  const lines: [string, string][] = [];
  const reports = silence ?? now;
  if (now !== null) lines.push(['now', nowText(now)]);
  if (silence !== null) {
    lines.push(['silence', silenceText(silence)]);
    lines.push(['connection', connectionText(silence.connection)]);
    lines.push(['others', othersText(silence)]);
  }
  if (reports !== null && reports.arrivals.length > 0) lines.push(['reports', reports.arrivals.join(', ')]);
  lines.push(
    ...observerLines(observer),
    ...changes.slice(0, 5).map((change) => ['committed', changeText(change)] as [string, string]),
  );
  for (const { project_id, servers, ...sent } of deliveries?.streams ?? []) {
    const to = project_id === null ? 'operators' : `project ${project_id} (${counted(servers, 'server')})`;
    lines.push(['sent', `to ${to}: ${sentText(sent)}`]);
  }
  const head = `${service.host} (${service.binary}, zone ${service.zone}) at ${at}: ${host_status || '-'}`;
  return page(head, verdict, lines);
}

export function serverText(name: string, explanation: ServerExplanation): string {
  const { server_id, at, host_status, verdict, observer, changes, delivery } = explanation;
  const lines: [string, string][] = [...observerLines(observer)];
  for (const change of changes.slice(0, 5)) lines.push(['committed', changeText(change)]);
  if (delivery !== null) lines.push(['sent', `to your project: ${sentText(delivery)}`]);
  return page(`${name} (${server_id}) at ${at}: ${host_status || '-'}`, verdict, lines);
}

function page(
  head: string,
  { code, text }: ServiceExplanation['verdict'],
  lines: readonly [string, string][],
): string {
  const shown: string[] = [];
  let last = '';
  for (const [name, value] of lines) {
    shown.push(`  ${(name === last ? '' : name).padEnd(10)}  ${value}`);
    last = name;
  }
  return `${head}\n\n${text} [${code}]\n\n${shown.join('\n')}\n`;
}

function nowText(now: NonNullable<ServiceExplanation['now']>): string {
  const heard = now.last_heard === null ? 'never reported' : `last report ${now.last_heard}`;
  const left =
    now.silent_in_ms === null ? 'silent' : `silent in ${durationText(now.silent_in_ms)} unless it reports`;
  const link = now.connected ? 'connected' : 'no connection';
  return `${heard}, ${left}, ${link}, ${now.confidence.replaceAll('_', ' ')}`;
}

function silenceText(silence: NonNullable<ServiceExplanation['silence']>): string {
  const heard = silence.last_heard === null ? 'never reported' : `last report ${silence.last_heard}`;
  const late =
    silence.late_ms === null ? 'not decided by it' : `decided ${durationText(silence.late_ms)} after it`;
  return `${heard}, deadline ${silence.deadline} (service_down_time ${durationText(silence.service_down_time_ms)}), ${late}`;
}

function connectionText({
  state,
  evidence,
  ended_at,
}: NonNullable<ServiceExplanation['silence']>['connection']) {
  if (state === 'ended') return `ended at ${ended_at}: ${evidence}`;
  if (state === 'unanswered') return 'open, without an answer to a ping';
  return state === 'open' ? 'open' : 'none';
}

function othersText({ others, together, witness }: NonNullable<ServiceExplanation['silence']>): string {
  const known = others === null ? 'not asked' : `${others.reporting} report, ${others.late} of them late`;
  const asked = witness === undefined ? known : `${known}; witness: ${witness}`;
  if (together.count === 0) return `${asked}; none was called silent with it`;
  const more = together.count > together.hosts.length ? ' …' : '';
  return `${asked}; ${together.count} called silent with it: ${together.hosts.join(', ')}${more}`;
}

function observerLines(
  observer: readonly { at: string; state: string; code: string | null; blind_ms?: number }[],
) {
  return observer.slice(-5).map(({ at, state, code, blind_ms = 0 }): [string, string] => {
    const blind = blind_ms > 0 ? `, after ${durationText(blind_ms)} without looking` : '';
    return ['hostbeat', `${state}${code === null ? '' : ` (${code})`} since ${at}${blind}`];
  });
}

function changeText(
  change: ServiceExplanation['changes'][number] | ServerExplanation['changes'][number],
): string {
  const evidence = change.evidence === undefined ? '' : `, evidence ${change.evidence}`;
  return `${change.at}  ${change.from || '-'} -> ${change.to || '-'}, ${causeText(change)}${evidence} (seq ${change.seq})`;
}

function sentText(sent: NonNullable<ServerExplanation['delivery']>): string {
  const waiting = sent.waiting === 0 ? '' : `, ${sent.waiting} not yet`;
  const subscriptions = `${counted(sent.sent, 'subscription')}${waiting}, ${sent.acknowledged} acknowledged`;
  return `seq ${sent.seq}, ${subscriptions}${sent.webhooks.map(webhookText).join('')}`;
}

function webhookText({
  name,
  state,
  attempts,
}: NonNullable<ServerExplanation['delivery']>['webhooks'][number]) {
  const failed = attempts === 0 ? '' : ` after ${counted(attempts, 'failed attempt')}`;
  return `; webhook ${name} ${state === 'past' ? 'is past it' : `${state}${failed}`}`;
}
