/** Turns query parameters into a filter: what the store can search by itself, and tests for the rest. */
import { HOST_STATUSES, type HostStatus } from '../../../../client-sdk/protocol/host-status.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { InstanceFilter } from '../../../ports/instance-query.ts';
import { authorize, type Call, type Nova } from '../../call.ts';
import { badRequest } from '../../faults.ts';
import { SINCE } from '../../microversions.ts';
import { statesOf } from '../../representations/status.ts';
import { parseIsoTime } from '../../times.ts';
import { canonicalId, queryBoolean } from '../../validation.ts';
import { hasAddress, type InstanceTest, patternFor } from './patterns.ts';

/** Exact filters for which the store has a column. */
const EXACT: Readonly<Record<string, 'host' | 'imageRef' | 'flavorId' | 'userId'>> = {
  host: 'host',
  image: 'imageRef',
  image_ref: 'imageRef',
  flavor: 'flavorId',
  user_id: 'userId',
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The filter of the list. Undefined: nothing can match.
 * @throws DomainError `invalid`, `forbidden`
 */
export function filterOf(
  call: Call,
  nova: Nova,
  parameters: ReadonlyMap<string, string>,
  list: 'index' | 'detail',
): InstanceFilter | undefined {
  const filter: Mutable<InstanceFilter> = {};
  const tests: InstanceTest[] = [];
  for (const [name, value] of parameters) {
    const exact = EXACT[name];
    const pattern = patternFor(name, value);
    if (exact !== undefined) filter[exact] = value;
    else if (pattern !== undefined) tests.push(pattern);
  }
  if (!applyStates(filter, tests, call, parameters)) return undefined;
  applyTimes(filter, parameters);
  applyDeleted(filter, call, parameters);
  applyTags(tests, parameters);
  applyOwner(filter, call, nova, parameters, list);
  const uuid = parameters.get('uuid');
  if (uuid !== undefined) filter.ids = [canonicalId(uuid)];
  const [ip, ip6] = [parameters.get('ip'), parameters.get('ip6')];
  if (ip !== undefined || ip6 !== undefined) tests.push(hasAddress(ip, ip6));
  if (tests.length > 0) filter.test = (instance) => tests.every((test) => test(instance));
  return filter;
}

/** @returns whether such a status exists */
function applyStates(
  filter: Mutable<InstanceFilter>,
  tests: InstanceTest[],
  call: Call,
  parameters: ReadonlyMap<string, string>,
): boolean {
  if (parameters.has('status')) {
    const states = statesOf(call.query.getAll('status'));
    if (states === undefined) {
      if (call.version < SINCE.statusChecked) return false;
      throw badRequest(`Invalid status value ${call.query.getAll('status').join(', ').slice(0, 200)}.`);
    }
    const { vmStates, taskStates } = states;
    if (taskStates === undefined) filter.vmStates = vmStates;
    else filter.states = vmStates.map((vmState) => ({ vmState, taskStates }));
    return true;
  }
  const vmState = parameters.get('vm_state');
  if (vmState !== undefined) filter.vmStates = [vmState];
  const taskState = parameters.get('task_state');
  if (taskState !== undefined) tests.push((instance) => instance.taskState === taskState);
  return true;
}

function applyTimes(filter: Mutable<InstanceFilter>, parameters: ReadonlyMap<string, string>): void {
  const since = parseIsoTime(parameters.get('changes-since') ?? '');
  const before = parseIsoTime(parameters.get('changes-before') ?? '');
  if (since !== undefined) filter.changedSince = since;
  if (before !== undefined) filter.changedBefore = before;
  if (since !== undefined && before !== undefined && before < since) {
    throw badRequest('The value of changes-since must be less than or equal to changes-before.');
  }
}

/** Deleted servers are listed with `changes-since`, or where an administrator asks for them. */
function applyDeleted(
  filter: Mutable<InstanceFilter>,
  call: Call,
  parameters: ReadonlyMap<string, string>,
): void {
  const byTime = filter.changedSince !== undefined || filter.changedBefore !== undefined;
  const asked = parameters.get('deleted');
  let deleted = asked === undefined ? (byTime ? undefined : false) : (queryBoolean(asked) ?? false);
  const byStatus = parameters.has('status') && filter.vmStates?.length === 1;
  if (byStatus && filter.vmStates?.[0] === 'deleted') {
    if (!call.isAdmin) {
      throw new DomainError('forbidden', 'Only administrators may list deleted instances.');
    }
    deleted = true;
  }
  if (deleted === undefined) return;
  filter.deleted = deleted;
  const soft = parameters.get('soft_deleted');
  // Nova takes any text as yes, "false" too; without a value the filter means deleted and not present.
  if (deleted) filter.softDeletedToo = soft !== '';
  else if (!soft) filter.exceptVmStates = ['soft-delete'];
}

function applyTags(tests: InstanceTest[], parameters: ReadonlyMap<string, string>): void {
  const wanted = (name: string) => parameters.get(name)?.split(',');
  const all = wanted('tags');
  const any = wanted('tags-any');
  const notAll = wanted('not-tags');
  const notAny = wanted('not-tags-any');
  if (all) tests.push(({ details }) => all.every((tag) => details.tags.includes(tag)));
  if (any) tests.push(({ details }) => any.some((tag) => details.tags.includes(tag)));
  if (notAll) tests.push(({ details }) => !notAll.every((tag) => details.tags.includes(tag)));
  if (notAny) tests.push(({ details }) => !notAny.some((tag) => details.tags.includes(tag)));
}

/** The caller's own project, unless `all_tenants` asks for more; without it no project can be chosen (Nova). */
function applyOwner(
  filter: Mutable<InstanceFilter>,
  call: Call,
  nova: Nova,
  parameters: ReadonlyMap<string, string>,
  list: 'index' | 'detail',
): void {
  const asked = parameters.get('all_tenants');
  const all = asked !== undefined && (asked === '' || truth('all_tenants', asked));
  const locked = parameters.get('locked');
  if (locked !== undefined) filter.locked = truth('locked', locked);
  if (all) {
    authorize(nova, call, `os_compute_api:servers:${list}:get_all_tenants`);
    const projectId = parameters.get('tenant_id') ?? parameters.get('project_id');
    if (projectId !== undefined) filter.projectId = projectId;
  } else {
    filter.projectId = call.identity.projectId ?? '';
  }
}

/** `host_status` may be repeated: a server matches any of the values. */
export function hostStatusesOf(call: Call): readonly HostStatus[] {
  return call.query.getAll('host_status').map((value) => {
    const status = HOST_STATUSES.find((known) => known === value);
    if (status === undefined) {
      throw badRequest(
        `Invalid input for query parameters host_status. Value: ${value.slice(0, 40)}. It is not one of: ${HOST_STATUSES.join(', ')}(empty)`,
      );
    }
    return status;
  });
}

function truth(name: string, value: string): boolean {
  const read = queryBoolean(value);
  if (read === undefined) {
    throw badRequest(
      `Invalid input for query parameters ${name}. Value: ${value.slice(0, 40)}. Give true or false.`,
    );
  }
  return read;
}
