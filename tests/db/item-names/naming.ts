/** Whole servers on a database that is put back: which names a change gets on every way out. For both engines. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { Peer } from '../../support/clients/peer.ts';
import { SseReader } from '../../support/clients/sse-reader.ts';
import { login } from '../../support/http.ts';
import { runHostbeat, type ServerProcess, startServer } from '../../support/process.ts';
import { within } from '../../support/within.ts';
import { Endpoint } from '../../webhooks/endpoint.ts';

const service = { uuid: randomUUID(), host: 'c1', binary: 'nova-compute' };
const vm = { id: randomUUID(), name: 'vm', project_id: 'p1', host: 'c1' };
const SEED = {
  projects: [{ id: 'p1', name: 'p1' }],
  users: [{ name: 'alice', password: 'pw', roles: [{ project: 'p1', role: 'member' }] }],
  services: [service],
  instances: [vm],
};

interface Named {
  readonly epoch: string;
  readonly seq: number;
}
const nameOf = ({ epoch, seq }: Named) => `${epoch}.${seq}`;

/** The name of a change, as each transport gives it; they must agree. */
async function nameOfChange(server: ServerProcess, endpoint: Endpoint, forced_down: boolean) {
  const alice = await login(server.url, 'alice', 'pw', 'p1');
  const admin = await login(server.url, 'admin', 'pw', 'admin');
  const headers = { 'x-auth-token': alice.token };
  const peer = new Peer(`${server.url}/v1/stream`, { protocols: ['hostbeat.v1'], headers });
  await peer.open();
  const reader = new SseReader(`${server.url}/v1/events`, { 'X-Auth-Token': alice.token });
  try {
    peer.ws.send('{"type":"subscribe","id":"a"}');
    const frame = async (type: string) => {
      for (;;) {
        const one = JSON.parse(await peer.next());
        if (one.type === type) return one;
      }
    };
    const synced = await frame('synced');
    const heard = await reader.until('synced');
    const { json: polled } = await alice.request('GET', '/v1/changes');
    await admin.request('PUT', `/v1/services/${service.uuid}`, { forced_down });
    const event = await frame('event');
    const name = nameOf(event);
    const { json: changes } = await alice.request('GET', `/v1/changes?after=${polled.cursor}`);
    const { json: past } = await alice.request('GET', `/v1/history?server=${vm.id}&limit=1`);
    const read = (await reader.until('event')) as unknown as Named;
    const { json: delivered } = await within('a delivery', endpoint.next());
    assert.equal([read, changes.items[0], past.items[0], delivered.data].map(nameOf), [
      name,
      name,
      name,
      name,
    ]);
    assert.is(delivered.id, name);
    for (const { epoch } of [synced, heard, polled, changes]) assert.is(`${epoch}.${event.seq}`, name);
    return { name, seq: event.seq as number, cursor: changes.cursor as string };
  } finally {
    peer.ws.terminate();
    reader.cut();
  }
}

/** How a client that kept this cursor is answered: by poll, and on a socket. */
async function answersTo(cursor: string, { url }: ServerProcess): Promise<unknown[]> {
  const alice = await login(url, 'alice', 'pw', 'p1');
  const { status, json } = await alice.request('GET', `/v1/changes?after=${cursor}`);
  const headers = { 'x-auth-token': alice.token };
  const peer = new Peer(`${url}/v1/stream`, { protocols: ['hostbeat.v1'], headers });
  await peer.open();
  peer.ws.send(JSON.stringify({ type: 'subscribe', id: 'a', cursor }));
  for (;;) {
    const frame = JSON.parse(await peer.next());
    if (frame.type !== 'synced') continue;
    peer.ws.terminate();
    return [status, json.error?.reason ?? json.how, frame.how, frame.reason];
  }
}

export interface PutBack {
  /** The server is stopped meanwhile. */
  save(): Promise<void>;
  restore(): Promise<void>;
}

/**
 * Two futures of one database, of which the first is lost. Fails where an item has two names, or two items one.
 * @param folder where a file may be written
 */
export async function namesInTwoFutures(url: string, folder: string, { save, restore }: PutBack) {
  const endpoint = await Endpoint.open();
  const env = {
    HOSTBEAT_DATABASE_URL: url,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
    HOSTBEAT_WEBHOOK_NETWORKS: '127.0.0.0/8',
  };
  await writeFile(`${folder}/seed.json`, JSON.stringify(SEED));
  const seeded = await runHostbeat(['seed', `${folder}/seed.json`, '--offline'], env);
  assert.is(seeded.code, 0, seeded.stderr);
  let server = await startServer(env);
  try {
    const alice = await login(server.url, 'alice', 'pw', 'p1');
    const made = await alice.request('POST', '/v1/webhooks', { url: endpoint.url, name: 'pager' });
    assert.is(made.status, 201);
    const common = await nameOfChange(server, endpoint, true);
    await server.stop();
    await save();
    server = await startServer(env);
    const lost = await nameOfChange(server, endpoint, false);
    await server.stop();
    await restore();
    server = await startServer(env);
    // What was seen of the lost future is of no use: before its numbers are given again, and afterwards.
    const RESET = [410, 'epoch', 'reset', 'epoch'];
    assert.equal(await answersTo(lost.cursor, server), RESET);
    const after = await nameOfChange(server, endpoint, false);
    assert.equal(await answersTo(lost.cursor, server), RESET);
    for (const { cursor } of [common, after])
      assert.equal(await answersTo(cursor, server), [200, 'resumed', 'resumed', undefined]);
    assert.is(after.seq, lost.seq, 'the number is given again');
    assert.is.not(after.name, lost.name);
    const again = await login(server.url, 'alice', 'pw', 'p1');
    const { json } = await again.request('GET', `/v1/history?server=${vm.id}`);
    assert.is(nameOf(json.items[1]), common.name, 'what was written before keeps its name');
  } finally {
    await server.kill();
    await endpoint.close();
  }
}
