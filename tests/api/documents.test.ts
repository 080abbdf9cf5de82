import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { declareInstance, documentOf, instanceFrom } from '../../server/documents/instance.ts';
import { InstanceDocument, instantOf, ServiceDocument, serviceFrom } from '../../server/documents/schemas.ts';
import { checked } from '../../server/documents/validate.ts';
import type { Rules } from '../../server/domain/decision.ts';
import { DomainError } from '../../server/domain/errors.ts';

const test = suite('documents');

const AT = Date.UTC(2026, 0, 1);
const rules: Rules = { order: 'documented', ownersSeeReason: false };
const ID = 'ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';
const by = { at: AT, actor: 'tester', rules };

function instanceDoc(fields: Record<string, unknown>) {
  return checked(InstanceDocument, { id: ID, name: 'vm one', project_id: 'p1', ...fields });
}

test('an instance read back is the document that makes it', () => {
  const world = JSON.parse(readFileSync(new URL('../nova/golden/world.json', import.meta.url), 'utf8'));
  for (const raw of world.instances) {
    const instance = instanceFrom(checked(InstanceDocument, raw), undefined, AT);
    const again = instanceFrom(checked(InstanceDocument, documentOf(instance)), undefined, AT);
    assert.equal(again, instance);
    for (const key of Object.keys(raw).filter((key) => !key.endsWith('_at'))) {
      assert.equal(documentOf(instance)[key as keyof InstanceDocument], raw[key], key);
    }
  }
});

test("fields that a document leaves out have Nova's defaults", () => {
  const instance = instanceFrom(instanceDoc({ host: 'c1' }), undefined, AT, 'u1');
  assert.is(instance.userId, 'u1');
  assert.is(instance.node, 'c1');
  assert.is(instance.vmState, 'active');
  assert.is(instance.powerState, 1);
  assert.is(instance.details.hostname, 'vm-one');
  assert.is(instance.details.configDrive, '');
  assert.is(instance.flavorId, instance.details.flavor.id);
});

test('an instance without a host is building and has no power state', () => {
  const instance = instanceFrom(instanceDoc({}), undefined, AT);
  assert.is(instance.host, null);
  assert.is(instance.vmState, 'building');
  assert.is(instance.powerState, 0);
});

test('a move needs no more than the new host', () => {
  const before = instanceFrom(instanceDoc({ host: 'c1', metadata: { a: 'b' } }), undefined, AT);
  const decision = declareInstance(instanceDoc({ host: 'c2' }), { ...by, at: AT + 5 })(
    before,
    () => undefined,
  );
  assert.is(decision.instance?.host, 'c2');
  assert.is(decision.instance?.node, 'c2');
  assert.equal(decision.instance?.details.metadata, { a: 'b' });
  assert.is(decision.instance?.createdAt, AT);
  assert.is(decision.instance?.updatedAt, AT + 5);
  assert.is(decision.news?.cause, 'placement');
});

test('declaring what is so already asks for no write', () => {
  const before = instanceFrom(instanceDoc({ host: 'c1' }), undefined, AT);
  const decision = declareInstance(instanceDoc({ host: 'c1' }), { ...by, at: AT + 5 })(
    before,
    () => undefined,
  );
  assert.is(decision.instance, before);
  assert.is(decision.news, undefined);
});

test('an instance never changes its owner', () => {
  const before = instanceFrom(instanceDoc({}), undefined, AT);
  const other = { ...instanceDoc({}), project_id: 'p2' };
  assert.throws(
    () => declareInstance(other, by)(before, () => undefined),
    (error: unknown) => error instanceof DomainError && error.code === 'conflict',
  );
});

test('a deleted service that is declared again starts afresh', () => {
  const gone = {
    ...instanceFrom(instanceDoc({ metadata: { a: 'b' } }), undefined, AT),
    deletedAt: AT,
    vmState: 'deleted',
  };
  const decision = declareInstance(instanceDoc({ host: 'c1' }), by)(gone, () => undefined);
  assert.is(decision.instance?.deletedAt, null);
  assert.is(decision.instance?.vmState, 'active');
  assert.is(decision.news?.kind, 'server_added');
});

test('a time without an offset is UTC, to the millisecond', () => {
  assert.is(instantOf('2026-11-22T08:08:00.123456'), Date.UTC(2026, 10, 22, 8, 8, 0, 123));
  assert.is(instantOf('2026-11-22T08:08:00Z'), Date.UTC(2026, 10, 22, 8, 8));
  assert.is(instantOf('2026-11-22 10:08:00+02:00'), Date.UTC(2026, 10, 22, 8, 8));
  assert.ok(Number.isNaN(instantOf('2026-11-22')));
  assert.ok(Number.isNaN(instantOf('2026-11-22T25:00:00Z')));
});

test('a service declared again keeps the switches that the document does not name', () => {
  const doc = checked(ServiceDocument, { host: 'c1' });
  const made = { uuid: ID, ...by };
  const fenced = { ...serviceFrom(doc, undefined, made), forcedDown: true, forcedDownReason: 'fire' };
  const again = serviceFrom(doc, fenced, made);
  assert.ok(again.forcedDown);
  assert.is(again.forcedDownReason, 'fire');
});

test('live: false is silent, and since when it was heard is no later than its row', () => {
  const doc = checked(ServiceDocument, { host: 'c1', live: false, updated_at: '2025-01-01T00:00:00Z' });
  const service = serviceFrom(doc, undefined, { uuid: ID, ...by });
  assert.not(service.live);
  assert.is(service.lastSeenUp, Date.UTC(2025, 0, 1));
});

test('a wrong field is refused in words: missing, misspelt, or of another type', () => {
  const refusal = (fields: object) => {
    try {
      checked(InstanceDocument, fields);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('it was taken');
  };
  const whole = { id: ID, name: 'vm', project_id: 'p1' };
  assert.match(
    refusal({ ...whole, name: undefined, nam: 'vm' }),
    /^name is missing; it must be a string; unknown: "nam"$/,
  );
  assert.is(refusal({ ...whole, name: undefined }), 'name is missing; it must be a string');
  assert.is(refusal({ ...whole, name: 7 }), 'name must be a string, not a number');
  assert.is(refusal({ ...whole, metadata: [] }), 'metadata must be an object, not a list');
});

test.run();
