/** Writes a unit of work: one statement for each table, whatever the number of rows. */
import { SILENCES_KEPT } from '../../../server/ports/explanation-log.ts';
import { detailsText } from '../../details-text.ts';
import type { Query } from '../connection/driver.ts';
import { ADD_AUDIT, FORGET_AUDIT, shareOf } from '../tables/audit.ts';
import { DRILL_FIELDS } from '../tables/drills.ts';
import { insertRows, jsonOf, putRows, updateRows } from '../tables/recordset.ts';
import { type Field, INSTANCE_FIELDS, SERVICE_FIELDS } from '../tables/rows.ts';
import type { Unit } from './unit.ts';

/** Limit for one instance: a script that reboots it every minute must not fill the disk. */
const ACTIONS_KEPT = 100;

const SILENCE_FIELDS: readonly Field[] = [
  { key: 'serviceId', column: 'service_id', type: 'bigint' },
  { key: 'at', column: 'at', type: 'bigint' },
  { key: 'record', column: 'record', type: 'text' },
];

const ACTION_FIELDS: readonly Field[] = [
  ['instanceId', 'instance_id'],
  ['action', 'action'],
  ['requestId', 'request_id'],
  ['userId', 'user_id'],
  ['projectId', 'project_id'],
  ['at', 'at'],
].map(([key = '', column = '']) => ({ key, column, type: key === 'at' ? 'bigint' : 'text' }));

const FLAVOR_FIELDS: readonly Field[] = ['id', 'flavor'].map((key) => ({ key, column: key, type: 'text' }));

const TEXTS = {
  removeServices: 'DELETE FROM services WHERE id = ANY($1::bigint[])',
  updateServices: updateRows('services', SERVICE_FIELDS),
  addServices: insertRows('services', SERVICE_FIELDS),
  loseCompute: 'UPDATE instances SET status_since = $2 WHERE host = $1 AND deleted_at IS NULL',
  removeInstances: 'DELETE FROM instances WHERE id = ANY($1::text[])',
  removeActions: 'DELETE FROM instance_actions WHERE instance_id = ANY($1::text[])',
  putInstances: putRows('instances', INSTANCE_FIELDS),
  addActions: insertRows('instance_actions', ACTION_FIELDS),
  forgetActions: `DELETE FROM instance_actions WHERE id IN (
    SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY instance_id ORDER BY id DESC) AS nth
      FROM instance_actions WHERE instance_id = ANY($1::text[])) AS a WHERE nth > ${ACTIONS_KEPT})`,
  putFlavors: putRows('flavors', FLAVOR_FIELDS),
  endDrills: 'DELETE FROM drills WHERE id = ANY($1::text[])',
  putDrills: putRows('drills', DRILL_FIELDS),
  addAudit: ADD_AUDIT,
  addSilences: insertRows('silences', SILENCE_FIELDS),
  forgetSilences: `DELETE FROM silences WHERE id <= (SELECT max(id) FROM silences) - ${SILENCES_KEPT}`,
  forgetAudit: FORGET_AUDIT,
} as const;

/** The order matters: a removed row must not conflict with a new one. */
export function writesOf(unit: Unit): Query[] {
  const queries: Query[] = [];
  const add = (name: keyof typeof TEXTS, ...values: unknown[]) =>
    queries.push({ name, text: TEXTS[name], values });
  const rows = (name: keyof typeof TEXTS, list: readonly unknown[]) => {
    if (list.length > 0) add(name, jsonOf(list));
  };
  const services = [...unit.services];
  const gone = services.flatMap(([id, service]) => (service === undefined ? [id] : []));
  const present = services.flatMap(([, service]) => service ?? []);
  if (gone.length > 0) add('removeServices', gone);
  rows(
    'updateServices',
    present.filter(({ id }) => !unit.added.has(id)),
  );
  rows(
    'addServices',
    present.filter(({ id }) => unit.added.has(id)),
  );

  for (const { host, at } of unit.withoutCompute) add('loseCompute', host, at);
  const instances = [...unit.instances];
  const removed = instances.flatMap(([id, instance]) => (instance === undefined ? [id] : []));
  if (removed.length > 0) {
    add('removeInstances', removed);
    add('removeActions', removed);
  }
  rows(
    'putInstances',
    instances.flatMap(([, instance]) =>
      instance ? { ...instance, details: detailsText(instance.details) } : [],
    ),
  );
  if (unit.actions.length > 0) {
    rows('addActions', unit.actions);
    add('forgetActions', [...new Set(unit.actions.map(({ instanceId }) => instanceId))]);
  }
  rows(
    'putFlavors',
    [...unit.flavors.values()].map((flavor) => ({ id: flavor.id, flavor: JSON.stringify(flavor) })),
  );
  const { ended, put } = unit.drills.writes();
  if (ended.length > 0) add('endDrills', ended);
  rows(
    'putDrills',
    put.map((drill) => ({ ...drill, servers: JSON.stringify(drill.servers) })),
  );
  if (unit.audit.length > 0) {
    rows(
      'addAudit',
      unit.audit.map((entry) => ({
        ...entry,
        share: shareOf(entry),
        changes: JSON.stringify(entry.changes),
      })),
    );
    add('forgetAudit', [...new Set(unit.audit.map(shareOf))]);
  }
  if (unit.silences.length > 0) {
    rows(
      'addSilences',
      unit.silences.map(({ serviceId, record }) => ({
        serviceId,
        at: record.at,
        record: JSON.stringify(record),
      })),
    );
    add('forgetSilences');
  }
  return queries;
}
