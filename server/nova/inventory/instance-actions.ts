/** `/servers/{id}/os-instance-actions`: the actions requested on a server through this API, and by whom. */
import { DomainError } from '../../domain/errors.ts';
import type { Instance, InstanceAction } from '../../domain/instances/instance.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';
import { badRequest, serverNotFound } from '../faults.ts';
import { SINCE } from '../microversions.ts';
import { refused } from '../query.ts';
import { findServer } from '../servers/find.ts';
import { naiveTime, parseIsoTime } from '../times.ts';
import { canonicalId } from '../validation.ts';

const MAX_LIMIT = 1000;

export async function listInstanceActions(call: Call, nova: Nova): Promise<NovaAnswer> {
  const paged = call.version >= SINCE.actionsPaged;
  const asked = paged ? parametersOf(call) : {};
  const instance = await find(call, nova);
  authorize(nova, call, 'os_compute_api:os-instance-actions:list', { projectId: instance.projectId });
  const all = await nova.store.actions(instance.id);
  const actions = paged ? page(all, asked) : all;
  const body = { instanceActions: actions.map((action) => view(action, instance, call)) };
  const last = actions.at(-1);
  if (!paged || last === undefined || actions.length < limitOf(asked)) return { status: 200, body };
  return { status: 200, body: { ...body, links: [nextLink(call, last.requestId)] } };
}

/** There are no events: an action is recorded as done in one step. */
export async function showInstanceAction(call: Call, nova: Nova): Promise<NovaAnswer> {
  const instance = await find(call, nova);
  const target = { projectId: instance.projectId };
  authorize(nova, call, 'os_compute_api:os-instance-actions:show', target);
  const requestId = call.param('key');
  const action = (await nova.store.actions(instance.id)).find((one) => one.requestId === requestId);
  if (action === undefined) throw new DomainError('not_found', `Action ${requestId.slice(0, 80)} not found`);
  const withEvents =
    call.version >= SINCE.actionEvents ||
    nova.policy.allows('os_compute_api:os-instance-actions:events', call.identity, target);
  const body = { ...view(action, instance, call), ...(withEvents ? { events: [] } : {}) };
  return { status: 200, body: { instanceAction: body } };
}

/** From 2.21 on also of deleted servers. */
async function find(call: Call, nova: Nova): Promise<Instance> {
  if (call.version < SINCE.actionsOfDeleted) return findServer(call, nova);
  const instance = await nova.store.instance(canonicalId(call.param('id')));
  const { identity } = call;
  if (instance === undefined) throw serverNotFound();
  if (!call.isAdmin && instance.projectId !== identity.projectId) throw serverNotFound();
  return instance;
}

function view({ action, requestId, userId, projectId, at }: InstanceAction, { id }: Instance, call: Call) {
  return {
    action,
    instance_uuid: id,
    request_id: requestId,
    user_id: userId,
    project_id: projectId,
    start_time: naiveTime(at),
    message: null,
    ...(call.version >= SINCE.actionsPaged ? { updated_at: naiveTime(at) } : {}),
  };
}

interface ActionsQuery {
  readonly limit?: string;
  readonly marker?: string;
  readonly 'changes-since'?: string;
  readonly 'changes-before'?: string;
}

/** Closed at every version that has paging; each parameter may be given once. */
function parametersOf(call: Call): ActionsQuery {
  const known = ['limit', 'marker', 'changes-since'];
  if (call.version >= SINCE.changesBefore) known.push('changes-before');
  for (const [name, value] of call.query) {
    const readable = name.startsWith('changes-')
      ? parseIsoTime(value) !== undefined
      : name !== 'limit' || /^\d+$/.test(value);
    const once = call.query.getAll(name).length === 1;
    if (!known.includes(name) || !readable || !once) throw refused(name, value, 'It may be given once.');
  }
  return Object.fromEntries(call.query);
}

function limitOf({ limit }: ActionsQuery): number {
  return Math.min(Number(limit ?? MAX_LIMIT), MAX_LIMIT);
}

function page(all: readonly InstanceAction[], asked: ActionsQuery): readonly InstanceAction[] {
  const since = parseIsoTime(asked['changes-since'] ?? '') ?? Number.NEGATIVE_INFINITY;
  const before = parseIsoTime(asked['changes-before'] ?? '') ?? Number.POSITIVE_INFINITY;
  if (before < since)
    throw badRequest('The value of changes-since must be less than or equal to changes-before.');
  const { marker } = asked;
  const after = marker ? all.findIndex(({ requestId }) => requestId === marker) : -1;
  if (marker && after < 0) throw badRequest(`Marker ${marker.slice(0, 80)} could not be found.`);
  return all
    .slice(after + 1)
    .filter(({ at }) => at >= since && at <= before)
    .slice(0, limitOf(asked));
}

function nextLink(call: Call, marker: string) {
  const query = new URLSearchParams([...call.query].sort(([a], [b]) => (a < b ? -1 : 1)));
  query.set('marker', marker);
  return { rel: 'next', href: `${call.base}${call.path}?${query}` };
}
