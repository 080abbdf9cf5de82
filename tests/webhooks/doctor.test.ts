/**
 * OPNFV Doctor's consumer, which knows nothing of hostbeat: an application that learns of failures by alarms of Aodh. What it
 * does with a post is written down here again from its public sample, and so is the rule of the alarm that its tests make.
 */
import { createServer, type Server } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noLogger } from '../../server/telemetry/logger.ts';
import { Targets } from '../../server/webhooks/targets.ts';
import { Webhooks } from '../../server/webhooks/webhooks.ts';
import { anIdentity } from '../support/identity.ts';
import { StreamWorld } from '../support/stream-world.ts';
import { signal, within } from '../support/within.ts';

const test = suite("Doctor's consumer");

type Trait = readonly [name: string, type: number, value: unknown];

interface Post {
  readonly line: string;
  readonly headers: string;
  // biome-ignore lint/suspicious/noExplicitAny: as a consumer reads it
  readonly body: any;
}

/** Flask's own server: HTTP/1.0, one request a connection, `POST /failure` and nothing else. */
async function consumer(posted: (post: Post) => void): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    let text = '';
    socket.on('error', () => undefined);
    socket.setEncoding('utf8').on('data', (part) => {
      text += part;
      const [head = '', body = ''] = text.split('\r\n\r\n', 2);
      const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1]);
      if (!text.includes('\r\n\r\n') || Buffer.byteLength(body) < length) return;
      const [line = ''] = head.split('\r\n', 1);
      const isOurs = /^POST \/failure HTTP\/1\.[01]$/.test(line);
      socket.end(
        `HTTP/1.0 ${isOurs ? '200 OK' : '404 NOT FOUND'}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 2\r\nServer: Werkzeug/0.9\r\n\r\nOK`,
      );
      posted({ line, headers: head, body: JSON.parse(body) });
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { port: (server.address() as { port: number }).port, server };
}

/** `str(t[0]): decoder(str(t[2]))`, where what looks like a list or a dictionary would be taken for YAML. */
function decoded(body: Post['body']): Record<string, string> {
  return Object.fromEntries(
    (body.reason_data.event.traits as Trait[]).map(([name, , value]) => {
      assert.not(/[[{]/.test(String(value)), `${name} would be read as YAML`);
      return [name, String(value)];
    }),
  );
}

/** Aodh's evaluator of event alarms: would the alarm that Doctor makes for this server fire on this event? */
function fires(
  event: { event_type: string; message_id: string; traits: readonly Trait[] },
  server: string,
): boolean {
  if (!event.event_type || !event.message_id) return false;
  const text = (name: string) => {
    const [, type, value] = event.traits.find(([field]) => field === name) ?? [];
    return type === 1 ? String(value) : undefined;
  };
  return (
    event.event_type === 'compute.instance.update' &&
    text('instance_id') === server &&
    text('state') === 'error'
  );
}

test('gets each failure of its servers in Aodh’s words, and nothing else', async () => {
  const w = await StreamWorld.open();
  const posts: Post[] = [];
  const both = signal();
  const { port, server } = await consumer((post) => {
    if (posts.push(post) === 2) both.resolve();
  });
  const webhooks = new Webhooks({
    webhooks: w.test.webhooks,
    store: w.store,
    policy: w.policy,
    clock: w.clock,
    setTimer: w.timers.setTimer,
    logger: noLogger,
    targets: new Targets(['127.0.0.1'], async () => []),
    maxPerProject: 1,
  });
  try {
    await webhooks.start();
    await w.service();
    const servers = [await w.server({ name: 'doctor_vm0' }), await w.server({ name: 'doctor_vm1' })];
    await w.server({ projectId: 'p2' });
    const { id } = await webhooks.add(
      {
        url: `http://127.0.0.1:${port}/failure`,
        name: 'doctor_alarm0',
        format: 'aodh',
        servers: null,
        hostStatus: null,
      },
      anIdentity(),
    );
    await w.change('c1', { live: false });
    await w.change('c1', { forcedDown: true });
    await within('both', both.promise);
    for (const { line, headers, body } of posts) {
      assert.match(line, /^POST \/failure /);
      assert.match(headers, /^content-type: application\/json$/im);
      assert.equal(Object.keys(body).sort(), [
        'alarm_id',
        'alarm_name',
        'current',
        'previous',
        'reason',
        'reason_data',
        'severity',
      ]);
      assert.equal([body.alarm_id, body.alarm_name, body.current], [id, 'doctor_alarm0', 'alarm']);
      assert.is(body.reason_data.type, 'event');
      const traits = decoded(body);
      assert.equal([traits.tenant_id, traits.state], ['p1', 'error']);
      assert.ok(fires(body.reason_data.event, traits.instance_id ?? ''));
    }
    assert.equal(
      posts.map(({ body }) => decoded(body).instance_id).sort(),
      servers.map((one) => one.id).sort(),
    );
  } finally {
    await webhooks.close();
    await new Promise((resolve) => server.close(resolve));
    await w.close();
  }
});

test.run();
